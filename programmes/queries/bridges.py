"""What moved a figure between two moments, from the ledger.

Reads grow with what changed in between, not with the size of the programme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Max, Q

from benefits.models import BenefitMeasurement
from programmes.health import Rag, worst
from programmes.models import LedgerLine, Programme, RollupBasis, value_of
from programmes.queries.actors import NOBODY, Actor, actors_of
from programmes.queries.ledger import Reading, Source, readings_at, sources
from programmes.rollup.bridge import (
    CORRECTED,
    Cause,
    Key,
    Leg,
    Period,
    Span,
    Step,
    Surroundings,
    aggregate_steps,
    cause_of,
    derived_steps,
    difference,
)
from programmes.rollup.ledger import Aggregate, Metric, Value
from programmes.rollup.metrics import BY_NAME
from projects.models import CostActual

UNDONE = (Cause.TIME_PASSED, Cause.RULE_CHANGED)  # nobody did it to the source
MEMBERS = "projects_live"  # has a line for each project of the programme, live or not


@dataclass(frozen=True, slots=True)
class Part:
    """One cause of a difference. `before` and `after` are what the source itself stood at; `amount`
    is what it moved the figure by. Without a source it is the rule that changed."""

    amount: Decimal
    cause: Cause
    source: Source | None
    at: datetime | None
    before: Value
    after: Value
    moments: Sequence[datetime]
    through: str
    actor: Actor


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
    programme: Programme, names: Sequence[str], period: Period, user: Any, *, actors: bool = True
) -> dict[str, Bridge]:
    """What moved these figures and, if asked, who; in a number of queries that depends on the kinds
    of sources alone."""
    wanted = _with_inputs(names)
    before = readings_at(programme, wanted, period.begin)
    after = readings_at(programme, wanted, period.end)
    reader = _Reader(programme, period, before, after, _spans(programme, wanted, period))
    steps = {name: _kept(reader.leg(name).steps) for name in names}
    around = _surroundings(programme, period, reader, [s for each in steps.values() for s in each])
    keys = {step.source for each in steps.values() for step in each if step.source}
    named = sources(keys, user)
    moved = {
        step.source: max(step.moments)
        for each in steps.values()
        for step in each
        if step.source and step.moments and not named[step.source].hidden
    }
    who = actors_of(moved, period) if actors and moved else {}
    found = {}
    for name in names:
        parts = [
            _part(name, step, cause_of(step, around), named, who)
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


def _counted(span: Span | None, name: str) -> Value:
    """What a line counted for: a number of lines counts each as one."""
    if span is None or not span.included:
        return None
    return Decimal(1) if BY_NAME[name].aggregate is Aggregate.COUNT else span.value


def _part(
    name: str, step: Step, cause: Cause, named: Mapping[Key, Source], actors: Mapping[Key, Actor]
) -> Part:
    actor = actors.get(step.source, NOBODY) if step.source and cause not in UNDONE else NOBODY
    return Part(
        amount=step.amount,
        cause=cause,
        source=named[step.source] if step.source else None,
        at=max(step.moments, default=None),
        before=_counted(step.first, step.through or name),
        after=_counted(step.last, step.through or name),
        moments=step.moments,
        through=step.through,
        actor=actor,
    )


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
            steps = aggregate_steps(metric, spans, self.unmoved(metric, spans), self.period)
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
    programme: Programme, period: Period, reader: _Reader, steps: Sequence[Step]
) -> Surroundings:
    if not steps:
        return Surroundings({})
    boundaries, as_of = _boundaries(programme, period)
    joined, left, closed = _members(reader.spans.get(MEMBERS, []), period)
    return Surroundings(
        boundaries=boundaries,
        joined=joined,
        left=left,
        closed=closed,
        home=_homes(steps) if joined or left or closed else {},
        late=_late(steps, period, as_of or programme.portfolio.as_of),
    )


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
) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """Projects that joined, left or were closed."""
    then = {span.source[1]: span for span in spans if span.valid_at(period.begin)}
    now = {span.source[1]: span for span in spans if span.valid_at(period.end)}
    moved = {span.source[1] for span in spans}
    closed = {
        id
        for id in moved
        if id in then and id in now and then[id].included and not now[id].included
    }
    return (
        frozenset(now.keys() - then.keys()),
        frozenset(then.keys() - now.keys()),
        frozenset(closed),
    )


# Whose records these are, by the type the ledger names: model and path to the project.
HOMES = {
    "risk": ("projects.Risk", "project_id"),
    "dependency": ("projects.Dependency", "receiver_id"),
    "contingencymovement": ("projects.ContingencyMovement", "project_id"),
}


def _homes(steps: Iterable[Step]) -> dict[Key, int | None]:
    """The project of each source that has one."""
    by_type: dict[str, set[int]] = {}
    for step in steps:
        if step.source and step.source[0] in HOMES:
            by_type.setdefault(step.source[0], set()).add(step.source[1])
    found: dict[Key, int | None] = {}
    for kind, ids in by_type.items():
        label, path = HOMES[kind]
        rows: Any = apps.get_model(label).objects.filter(pk__in=ids)
        found |= {(kind, id): home for id, home in rows.values_list("pk", path)}
    return found


def _late(steps: Iterable[Step], period: Period, as_of: date) -> frozenset[Key]:
    """Sources whose past was corrected: costs reversed or posted for a month before that of the
    status date, measurements put in the place of verified ones."""
    keys = {step.source for step in steps if step.source and step.metric in CORRECTED}
    if not keys:
        return frozenset()
    found: set[Key] = set()
    month = as_of.replace(day=1)
    costs = CostActual.objects.filter(
        Q(posted_on__lt=month) | Q(kind="reversal"),
        created_at__gt=period.begin,
        created_at__lte=period.end,
    )
    for kind, column in (("project", "project_id"), ("programmeline", "programme_line_id")):
        ids = [id for each, id in keys if each == kind]
        if ids:
            rows = costs.filter(**{f"{column}__in": ids}).order_by().distinct()
            found |= {(kind, id) for id in rows.values_list(column, flat=True)}
    benefits = [id for kind, id in keys if kind == "benefit"]
    if benefits:
        replaced = BenefitMeasurement.objects.filter(
            benefit_id__in=benefits, status="superseded",
            updated_at__gt=period.begin, updated_at__lte=period.end,
        )  # fmt: skip
        found |= {("benefit", id) for id in replaced.values_list("benefit_id", flat=True)}
    return frozenset(found)


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
    with connection.cursor() as cursor:
        cursor.execute(FIRST, [programme.pk, list(names), since])
        rows = cursor.fetchall()
    if not rows:
        return None, []
    begin = max(since, *(start for _, start, _ in rows))
    return begin, [name for name, _, end in rows if end is not None]
