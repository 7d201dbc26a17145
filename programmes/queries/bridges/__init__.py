"""What moved a figure between two moments, from the ledger.

Reads grow with what changed in between, not with the size of the programme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, Q

from pmhub.database.statements import Statement
from programmes.health import Rag, worst
from programmes.models import LedgerLine, Portfolio, Programme, value_of
from programmes.queries.bridges.edits import NO_ACTS, Acts
from programmes.queries.bridges.lines import by_metric, lines_of
from programmes.queries.bridges.parts import Part, PartDescriber
from programmes.queries.bridges.splits import split_by_edit
from programmes.queries.bridges.surroundings import surroundings
from programmes.queries.ledger import Reading, readings_at
from programmes.rollup.bridge import (
    Leg,
    Step,
    Turned,
    aggregate_steps,
    derived_steps,
    difference,
    turns_by_source,
)
from programmes.rollup.causes import Surroundings
from programmes.rollup.ledger import Aggregate, Metric, Unit, Value
from programmes.rollup.metrics import BY_NAME
from programmes.rollup.spans import Period
from projects.models import Project


@dataclass(frozen=True, slots=True)
class Bridge:
    """A figure at two moments, and the parts that sum to its difference. The difference of dates is
    in days, that of health in levels. Where an end is undefined, it is None with a reason, and
    there are no parts."""

    owner: Programme | Project
    metric: Metric
    period: Period
    before: Reading | None
    after: Reading | None
    difference: Decimal | None
    reason: str
    parts: Sequence[Part]

    @property
    def portfolio(self) -> Portfolio:
        """Return the portfolio in whose units the figure is."""
        owner = self.owner
        portfolio: Portfolio = (
            owner.portfolio if isinstance(owner, Programme) else owner.owner_portfolio
        )
        return portfolio

    @property
    def hidden(self) -> int:
        """Return the number of parts whose source the reader may not open."""
        return sum(bool(part.source and part.source.hidden) for part in self.parts)


def bridge(programme: Programme, name: str, period: Period, user: Any) -> Bridge:
    """Return what moved a figure of a programme. Raises KeyError for an unknown metric."""
    return bridges(programme, [name], period, user)[name]


def bridges(
    programme: Programme, names: Sequence[str], period: Period, user: Any, *, edits: bool = True
) -> dict[str, Bridge]:
    """Return what moved these figures and, with `edits`, who edited what. The number of queries
    depends only on the kinds of sources."""
    wanted = with_inputs(names)
    before = readings_at(programme, BY_NAME, period.begin)
    after = readings_at(programme, wanted, period.end)
    period = replace(period, computed=computed_at(before))
    spans = by_metric(lines_of(programme, wanted, period))
    around = surroundings(programme, period, spans)
    acts = NO_ACTS
    if edits:
        period, spans, around, acts = split_by_edit(programme, period, spans, around)
    turns = {name: turns_by_source(name, lines, period, around) for name, lines in spans.items()}
    known = PeriodFacts(before, after, turns, around, acts)
    return bridges_of(programme, names, period, user, known, edits=edits)


def computed_at(readings: Mapping[str, Reading]) -> datetime | None:
    """Return when the last of these figures was computed."""
    return max((reading.since for reading in readings.values() if reading.since), default=None)


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """What is stored for a period: figures at both ends, the turns of lines by metric, what
    happened around them, and the acts that were read for that."""

    before: Mapping[str, Reading]
    after: Mapping[str, Reading]
    turns: Mapping[str, Turned]
    around: Surroundings
    acts: Acts = field(default_factory=dict)


def bridges_of(
    programme: Programme,
    names: Sequence[str],
    period: Period,
    user: Any,
    known: PeriodFacts,
    *,
    edits: bool,
) -> dict[str, Bridge]:
    """Return what moved these figures, from facts that were read already."""
    reader, before, after = _Reader(programme, period, known), known.before, known.after
    steps = {name: without_zero(reader.leg(name).steps) for name in names}
    every = [step for own in steps.values() for step in own]
    teller = PartDescriber(known.around, period, user, acts=known.acts)
    teller.learn(every, edits=edits)
    bridges = {}
    for name in names:
        parts = [
            teller.part(step)
            for step in sorted(steps[name], key=lambda step: (-abs(step.amount), step.source or ()))
        ]
        whole = difference(reader.value(before, name), reader.value(after, name))
        bridges[name] = Bridge(
            owner=programme,
            metric=BY_NAME[name],
            period=period,
            before=before.get(name),
            after=after.get(name),
            difference=whole,
            reason="" if whole is not None else undefined_reason(before.get(name), after.get(name)),
            parts=parts if whole is not None else [],
        )
    return bridges


def without_zero(steps: Iterable[Step]) -> list[Step]:
    """Return the steps whose amount is not 0."""
    return [step for step in steps if step.amount]


def undefined_reason(before: Reading | None, after: Reading | None) -> str:
    """Return why there is no difference between two ends; empty where there is one."""
    for reading in (before, after):
        if reading is None:
            return "not_computed_then"
        if reading.value is None:
            return reading.reason
    return ""


def with_inputs(names: Iterable[str]) -> list[str]:
    """Return the metrics and, for derived ones, all their inputs, however deep."""
    needed: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        needed[name] = None
        waiting += [part for part in BY_NAME[name].inputs if part not in needed]
    return list(needed)


# From the ledger


@dataclass(frozen=True, slots=True)
class _Reader:
    """Figures at both ends of a period, and their steps, from facts that were read already."""

    programme: Programme
    period: Period
    known: PeriodFacts

    def value(self, readings: Mapping[str, Reading], name: str) -> Value:
        """Return the value of a figure at one end."""
        reading = readings.get(name)
        return reading.value if reading else None

    def leg(self, name: str, *, exact: bool = False) -> Leg:
        """Return a figure at both ends, with the steps between them; with `exact`, the ends as they
        were computed, of which a ratio is made."""
        metric = BY_NAME[name]
        ends = (self.known.before.get(name), self.known.after.get(name))
        before, after = (
            None if end is None else end.unrounded if exact else end.value for end in ends
        )
        if metric.aggregate is not None:
            turns = self.known.turns.get(metric.line_source, {})
            steps = aggregate_steps(metric, turns, self.unmoved(metric) if turns else None)
        else:
            exact = metric.unit is Unit.RATIO
            legs = {part: self.leg(part, exact=exact) for part in metric.inputs}
            steps = derived_steps(metric, legs, before, after)
        return Leg(before, after, steps)

    def unmoved(self, metric: Metric) -> Value:
        """Return the maximum of the lines that stayed as they were through the whole period; None
        for sums."""
        if metric.aggregate not in (Aggregate.MAX, Aggregate.WORST):
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


def unit_of(part: Part, unit: str) -> str:
    """Return the unit of the ends of a part: that of the input through which it came, else
    `unit`."""
    return str(BY_NAME[part.through].unit) if part.through else unit


# Since when


FIRST = Statement(
    "SELECT DISTINCT ON (metric) metric, valid_from, valid_to FROM programmes_metricvalue"
    " WHERE programme_id = %(id)s AND metric = ANY(%(names)s)"
    " AND (valid_to IS NULL OR valid_to > %(begin)s) ORDER BY metric, valid_from"
)


def moved_since(
    programme: Programme, names: Sequence[str], since: datetime
) -> tuple[datetime | None, list[str]]:
    """Return since when these figures can be compared, and which of them have changed since: one
    query. The earliest moment is `since`, or the first computation of the figure that began
    last."""
    rows = FIRST(id=programme.pk, names=list(names), begin=since)
    if not rows:
        return None, []
    begin = max(since, *(start for _, start, _ in rows))
    return begin, [name for name, _, end in rows if end is not None]


# A figure is compared with its first value at or after `begin`: all figures of a programme from the
# moment on from which there is one of each.
FIRST_VALUES = Statement(
    """
    SELECT programme_id, begun, metric, amount, day, word FROM (
        SELECT programme_id, max(begun) AS begun FROM (
            SELECT programme_id, GREATEST(min(valid_from), %(begin)s) AS begun
            FROM programmes_metricvalue
            WHERE programme_id = ANY(%(ids)s) AND metric = ANY(%(names)s)
                AND (valid_to IS NULL OR valid_to > %(begin)s)
            GROUP BY programme_id, metric
        ) AS each GROUP BY programme_id
    ) AS programme JOIN programmes_metricvalue USING (programme_id)
    WHERE programme_id = ANY(%(ids)s) AND metric = ANY(%(names)s)
        AND valid_from <= begun AND (valid_to IS NULL OR valid_to > begun)
    """,
    parted=True,
)


def first_values(
    programmes: Sequence[int], names: Sequence[str], since: datetime
) -> dict[int, tuple[datetime, dict[str, Value]]]:
    """Return by programme since when these figures can be compared, as `moved_since` does, and
    their values at that moment, in one query."""
    found: dict[int, tuple[datetime, dict[str, Value]]] = {}
    for programme, begun, metric, *stored in FIRST_VALUES(
        ids=programmes, names=list(names), begin=since
    ):
        found.setdefault(programme, (begun, {}))[1][metric] = value_of(*stored)
    return found
