"""What moved a figure between two moments, from the ledger.

Reads grow with what changed in between, not with the size of the programme.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Max, Q

from benefits.models import BenefitMeasurement
from pmhub import replica
from programmes.health import Rag, worst
from programmes.models import LedgerLine, Programme, RollupBasis, value_of
from programmes.queries.edits import what_happened
from programmes.queries.ledger import Reading, readings_at
from programmes.queries.parts import Part, Teller
from programmes.queries.roots import ways_of
from programmes.queries.sources import to_project
from programmes.rollup.bridge import Leg, Step, aggregate_steps, derived_steps, difference
from programmes.rollup.causes import (
    CORRECTED,
    Cause,
    Membership,
    Surroundings,
    cause_of,
)
from programmes.rollup.ledger import Aggregate, Metric, Value
from programmes.rollup.metrics import BY_NAME
from programmes.rollup.spans import Key, Period, Span, Turn, turns_of
from programmes.sources import KINDS
from projects.models import CostActual

MEMBERS = "projects_live"  # has a line for each project of the programme, live or not


@dataclass(frozen=True, slots=True)
class Bridge:
    """A figure at two moments and the parts that its difference is the sum of. The difference of
    dates is in days, that of health in levels; None, with a reason, where an end is undefined."""

    programme: Programme
    metric: Metric
    period: Period
    before: Reading | None
    after: Reading | None
    difference: Decimal | None
    reason: str
    parts: Sequence[Part]

    @property
    def hidden(self) -> int:
        """Parts whose source the reader may not open."""
        return sum(bool(part.source and part.source.hidden) for part in self.parts)


def bridge(programme: Programme, name: str, period: Period, user: Any) -> Bridge:
    """What moved a figure. Raises KeyError for an unknown metric."""
    return bridges(programme, [name], period, user)[name]


def bridges(
    programme: Programme, names: Sequence[str], period: Period, user: Any, *, edits: bool = True
) -> dict[str, Bridge]:
    """What moved these figures and, if asked, who; in a number of queries that depends on the kinds
    of sources alone."""
    wanted = _with_inputs(names)
    before = readings_at(programme, BY_NAME, period.begin)
    computed = max((each.since for each in before.values() if each.since), default=None)
    period = replace(period, computed=computed)
    after = readings_at(programme, wanted, period.end)
    spans = _spans(programme, wanted, period)
    around = _surroundings(programme, period, spans)
    reader = _Reader(programme, period, before, after, spans, around)
    steps = {name: _kept(reader.leg(name).steps) for name in names}
    every = [step for each in steps.values() for step in each]
    teller = Teller(around, period, user)
    teller.learn(every, edits=edits)
    found = {}
    for name in names:
        parts = [
            teller.part(step)
            for step in sorted(steps[name], key=lambda each: (-abs(each.amount), each.source or ()))
        ]
        whole = difference(reader.value(before, name), reader.value(after, name))
        found[name] = Bridge(
            programme=programme,
            metric=BY_NAME[name],
            period=period,
            before=before.get(name),
            after=after.get(name),
            difference=whole,
            reason="" if whole is not None else _undefined(before.get(name), after.get(name)),
            parts=parts if whole is not None else [],
        )
    return found


def _kept(steps: Iterable[Step]) -> list[Step]:
    return [each for each in steps if each.amount]


def _undefined(before: Reading | None, after: Reading | None) -> str:
    for reading in (before, after):
        if reading is None:
            return "not_computed_then"
        if reading.value is None:
            return reading.reason
    return ""


def _with_inputs(names: Iterable[str]) -> list[str]:
    """The metrics and, for derived ones, all that goes into them."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        found[name] = None
        waiting += [each for each in BY_NAME[name].inputs if each not in found]
    return list(found)


# From the ledger


@dataclass(frozen=True, slots=True)
class _Reader:
    """Everything stored of the figures asked for, at both ends and in between."""

    programme: Programme
    period: Period
    before: Mapping[str, Reading]
    after: Mapping[str, Reading]
    spans: Mapping[str, list[Span]]
    around: Surroundings

    def value(self, readings: Mapping[str, Reading], name: str) -> Value:
        """A figure at one end."""
        reading = readings.get(name)
        return reading.value if reading else None

    def leg(self, name: str) -> Leg:
        """A figure at both ends, with the steps between."""
        metric = BY_NAME[name]
        before, after = self.value(self.before, name), self.value(self.after, name)
        if metric.aggregate is not None:
            spans = self.spans.get(metric.line_source, [])
            unmoved = self.unmoved(metric, spans)
            steps = aggregate_steps(metric, spans, unmoved, self.period, self.around)
        else:
            legs = {each: self.leg(each) for each in metric.inputs}
            steps = derived_steps(metric, legs, before, after)
        return Leg(before, after, steps)

    def unmoved(self, metric: Metric, spans: Sequence[Span]) -> Value:
        """The maximum of the lines that stayed as they were throughout."""
        if metric.aggregate not in (Aggregate.MAX, Aggregate.WORST) or not spans:
            return None
        stayed = LedgerLine.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=self.period.end),
            programme=self.programme,
            metric=metric.line_source,
            valid_from__lte=self.period.begin,
            included=True,
        )
        if metric.aggregate is Aggregate.MAX:
            day: date | None = stayed.aggregate(day=Max("day"))["day"]
            return day
        words = stayed.order_by().values_list("word", flat=True).distinct()
        colours = [Rag(word) for word in words]
        return worst(colours).value if colours else None


COLUMNS = (
    "metric", "source_type", "source_id", "amount", "day", "word", "included", "reason", "inputs",
    "valid_from", "valid_to",
)  # fmt: skip


def _spans(programme: Programme, names: Iterable[str], period: Period) -> dict[str, list[Span]]:
    """The lines that began or ended within the period, by metric: what closed by its index, what
    opened from among the lines that are open now or were at the end."""
    wanted = {BY_NAME[name].line_source for name in names} | {MEMBERS}
    lines = LedgerLine.objects.filter(programme=programme, metric__in=wanted)
    begun = lines.filter(valid_from__gt=period.begin, valid_from__lte=period.end)
    rows = (
        lines.filter(valid_to__gt=period.begin, valid_to__lte=period.end)
        .values_list(*COLUMNS)
        .union(
            begun.filter(valid_to__isnull=True).values_list(*COLUMNS),
            begun.filter(valid_to__gt=period.end).values_list(*COLUMNS),
            all=True,
        )
    )
    found: dict[str, list[Span]] = {}
    for metric, kind, id, amount, day, word, included, reason, inputs, start, end in rows:
        value = value_of(amount, day, word)
        span = Span((kind, id), value, included, reason, inputs, start, end)
        found.setdefault(metric, []).append(span)
    return found


# What happened around


def _surroundings(
    programme: Programme, period: Period, spans: Mapping[str, Sequence[Span]]
) -> Surroundings:
    if not spans:
        return Surroundings()
    boundaries, as_of = _boundaries(programme, period)
    joined, left, closed, terminated = _members(spans.get(MEMBERS, []), period)
    moved = {name: {span.source for span in each} for name, each in spans.items()}
    keys = frozenset[Key]().union(*moved.values())
    corrected = frozenset[Key]().union(*(moved[name] for name in CORRECTED & moved.keys()))
    around = Surroundings(
        boundaries=boundaries,
        joined=joined,
        left=left,
        closed=closed,
        terminated=terminated,
        home=_homes(keys) if joined or left or closed or terminated else {},
        late=_late(corrected, period, as_of or programme.portfolio.as_of),
        happened=what_happened(_come_or_gone(spans, period), period),
    )
    return replace(around, ways=ways_of(_delayed(spans, period, around)))


def _delayed(
    spans: Mapping[str, Sequence[Span]], period: Period, around: Surroundings
) -> list[Turn]:
    """The turns of projects and dependencies whose dates moved, one for each moment."""
    found: dict[tuple[Key, datetime], Turn] = {}
    for name, each in spans.items():
        by_source: dict[Key, list[Span]] = {}
        for span in each:
            if span.source[0] in ("project", "dependency"):
                by_source.setdefault(span.source, []).append(span)
        for mine in by_source.values():
            for turn in turns_of(mine, period):
                if cause_of(name, turn, around) is Cause.DATE_MOVED:
                    found.setdefault((turn.source, turn.at), turn)
    return [*found.values()]


def _come_or_gone(spans: Mapping[str, Sequence[Span]], period: Period) -> set[Key]:
    """Sources other than projects that had no line at one end."""
    ends: dict[tuple[str, Key], list[bool]] = {}
    for name, each in spans.items():
        for span in each:
            now = [span.valid_at(period.begin), span.valid_at(period.end)]
            then = ends.get((name, span.source), [False, False])
            ends[name, span.source] = [any(pair) for pair in zip(then, now, strict=True)]
    return {key for (_, key), there in ends.items() if not all(there) and key[0] != "project"}


def _boundaries(programme: Programme, period: Period) -> tuple[dict[datetime, Cause], date | None]:
    """The moments at which the status date or the rules changed, and the date at the beginning."""
    bases = RollupBasis.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=period.begin),
        programme=programme,
        valid_from__lte=period.end,
    )
    rows = bases.order_by("valid_from").values_list(
        "valid_from", "as_of", "engine_version", "rules"
    )
    found: dict[datetime, Cause] = {}
    last: tuple[Any, ...] | None = None
    for start, _, *rules in rows:
        if start > period.begin:
            same = last is not None and last == tuple(rules)
            found[start] = Cause.TIME_PASSED if same else Cause.RULE_CHANGED
        last = tuple(rules)
    return found, rows[0][1] if rows else None


def _members(
    spans: Sequence[Span], period: Period
) -> tuple[Membership, Membership, Membership, Membership]:
    """Projects that joined, left, were closed or terminated, and when that was seen."""
    by_source: dict[Key, list[Span]] = {}
    for span in spans:
        by_source.setdefault(span.source, []).append(span)
    turns = [turn for each in by_source.values() for turn in turns_of(each, period)]

    def those(test: Callable[[Turn], bool]) -> Membership:
        return frozenset((turn.source[1], turn.at) for turn in turns if test(turn))

    ended = those(lambda turn: _included(turn.before) and turn.after is not None)
    ended -= those(lambda turn: _included(turn.after))
    terminated = ended & those(
        lambda turn: turn.after is not None and turn.after.reason == "terminated"
    )
    return (
        those(lambda turn: turn.before is None),
        those(lambda turn: turn.after is None),
        ended - terminated,
        terminated,
    )


def _included(span: Span | None) -> bool:
    return span is not None and span.included


def _homes(keys: Iterable[Key]) -> dict[Key, int | None]:
    """The project of each source that has one."""
    by_kind: dict[str, set[int]] = {}
    for name, id in keys:
        by_kind.setdefault(name, set()).add(id)
    found: dict[Key, int | None] = {}
    for name, ids in by_kind.items():
        if relation := to_project(KINDS[name]):
            rows: Any = apps.get_model(KINDS[name].model)._default_manager.filter(pk__in=ids)
            found |= {(name, id): home for id, home in rows.values_list("pk", relation)}
    return found


def _late(keys: Iterable[Key], period: Period, as_of: date) -> dict[Key, list[datetime]]:
    """When the past of sources was corrected: costs reversed or posted for a month before that of
    the status date, measurements put in the place of verified ones."""
    month = as_of.replace(day=1)
    costs = CostActual.objects.filter(
        Q(posted_on__lt=month) | Q(kind="reversal"),
        created_at__gt=period.since,
        created_at__lte=period.end,
    )
    replaced = BenefitMeasurement.objects.filter(
        status="superseded", updated_at__gt=period.since, updated_at__lte=period.end
    )
    found: dict[Key, list[datetime]] = {}
    for kind, rows, columns in (
        ("project", costs, ("project_id", "created_at")),
        ("programmeline", costs, ("programme_line_id", "created_at")),
        ("benefit", replaced, ("benefit_id", "updated_at")),
    ):
        ids = [id for each, id in keys if each == kind]
        if ids:
            within: Any = rows.filter(**{f"{columns[0]}__in": ids}).order_by()
            for id, at in within.values_list(*columns):
                found.setdefault((kind, id), []).append(at)
    return found


def unit_of(part: Part, unit: str) -> str:
    """What the ends of a part are measured in: the unit of the input it went through."""
    return str(BY_NAME[part.through].unit) if part.through else unit


# Since when


FIRST = """
SELECT DISTINCT ON (metric) metric, valid_from, valid_to FROM programmes_metricvalue
WHERE programme_id = %s AND metric = ANY(%s) AND (valid_to IS NULL OR valid_to > %s)
ORDER BY metric, valid_from
"""


def moved_since(
    programme: Programme, names: Sequence[str], since: datetime
) -> tuple[datetime | None, list[str]]:
    """(From when on they can be compared, which of the figures have another value since): one
    query. Figures that began later are compared from their first computation on."""
    with replica.connection().cursor() as cursor:
        cursor.execute(FIRST, [programme.pk, list(names), since])
        rows = cursor.fetchall()
    if not rows:
        return None, []
    begin = max(since, *(start for _, start, _ in rows))
    return begin, [name for name, _, end in rows if end is not None]
