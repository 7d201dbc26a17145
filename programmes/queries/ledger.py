"""Reads of the ledger: figures, their explanation, and what moved them.

Nothing here depends on how many projects a programme has, except lines, which are asked for one
metric at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet

from pmhub.caching import BoundedCache
from pmhub.database import past
from pmhub.database.statements import BEGIN, ID, IDS, NAMES, Rows
from programmes.models import (
    MetricValue,
    Portfolio,
    Programme,
    RollupBasis,
    valid,
    value_of,
)
from programmes.queries.freshness import Freshness, freshness_of_all
from programmes.rollup.ledger import Metric, Unit, Value, unrounded
from programmes.rollup.metrics import BY_NAME, METRICS


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure, as stored. `at` is the past moment for which it was read; `since` is when it was
    first so; `bounds` are the values at which its colour turns."""

    metric: Metric
    value: Value
    reason: str
    detail: Mapping[str, Any]
    included: int
    excluded: int
    missing: int
    since: datetime | None = None
    at: datetime | None = None
    bounds: Sequence[Decimal] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        # By what it is made of: lists compare hundreds, and a dataclass looks its fields up anew.
        return Reading, VALUES_OF(self)

    @property
    def name(self) -> str:
        """The metric's name."""
        return self.metric.name

    @property
    def label(self) -> str:
        """The metric's label."""
        return self.metric.label

    @property
    def unit(self) -> Unit:
        """Return the unit of the value."""
        return self.metric.unit

    @property
    def unrounded(self) -> Value:
        """Return the value as it was computed, for formulas that take no rounded amounts."""
        return unrounded(self.value, self.detail)


VALUES_OF = attrgetter(*(field.name for field in fields(Reading)))


@dataclass(frozen=True, slots=True)
class Rollup:
    """All figures of a programme, with how fresh and how complete they are.

    `state` is that of its freshness, or `past`. Then `at` is the moment, `computed_at` is when a
    figure last changed before it, and `as_of` and `engine_version` are those of that computation.
    """

    programme: Programme
    state: str
    computed_at: datetime | None
    as_of: date | None
    generation: int
    covered: int
    missing: int
    stale: int
    failed_since: datetime | None
    last_error: str
    next_attempt: datetime | None = None
    metrics: Mapping[str, Reading] = field(default_factory=dict)
    at: datetime | None = None
    engine_version: int | None = None

    @property
    def owner(self) -> Programme:
        """The programme."""
        return self.programme

    @property
    def portfolio(self) -> Portfolio:
        """Return the portfolio in whose units the figures are."""
        return self.programme.portfolio

    def value(self, name: str) -> Any:
        """Return the value of a metric; None where there is none."""
        reading = self.metrics.get(name)
        return reading.value if reading else None


def rollups(
    programmes: Iterable[Programme],
    names: Iterable[str] = (),
    at: datetime | None = None,
    known: Mapping[int, Freshness] | None = None,
) -> dict[int, Rollup]:
    """Return the figures of these programmes (of all metrics, or those named) in two queries, or
    one where their freshness is `known`. Figures are cached until they are computed again."""
    by_id, names = {programme.pk: programme for programme in programmes}, list(names)
    if at is not None:
        values = MetricValue.objects.filter(valid(at), programme_id__in=list(by_id))
        if names:
            values = values.filter(metric__in=names)
        return _past(by_id, values.values_list(*COLUMNS), at)
    known = known or freshness_of_all(list(by_id))
    readings = _cached_readings(known, names)
    return {id: _rollup(programme, known[id], readings[id]) for id, programme in by_id.items()}


def rollup(
    programme: Programme,
    names: Iterable[str] = (),
    at: datetime | None = None,
    known: Freshness | None = None,
) -> Rollup:
    """Return the figures of one programme; `known` is their freshness, if it was read already."""
    return rollups([programme], names, at, {programme.pk: known} if known else None)[programme.pk]


def readings_of(programme: Programme, freshness: Freshness) -> Mapping[str, Reading]:
    """Return the figures of a programme whose freshness is known; they are cached."""
    return _cached_readings({programme.pk: freshness}, ())[programme.pk]


def readings_at(programme: Programme, names: Iterable[str], at: datetime) -> dict[str, Reading]:
    """Return these figures of a programme at a moment, in one query."""
    values = THEN([programme.pk], names=list(names), begin=at)
    return _readings([programme.pk], values, at)[programme.pk]


def history(programme: Programme, name: str, at: datetime | None = None) -> list[Reading]:
    """The values of a figure over time, oldest first; the latest ones, up to a moment."""
    latest = HISTORY(id=programme.pk, names=[name], begin=at or LAST)
    return [_reading(BY_NAME[name], row, at) for row in reversed(latest)]


MOST, READING = 4_000_000, 400  # bytes that a process keeps of figures; of one, about
computed = BoundedCache(MOST)
LONGEST, LAST = 1000, datetime.max.replace(tzinfo=UTC)  # values of a history, and until when
COLUMNS = (
    "programme_id", "metric", "amount", "day", "word", "reason", "detail", "included", "excluded",
    "missing", "valid_from",
)  # fmt: skip


class _Values:
    """The stored figures of programmes under conditions. The statement for one programme reads its
    partition of the table alone; another is for several."""

    def __init__(self, *conditions: Any, **more: Any) -> None:
        self._conditions, self._more = conditions, more
        self._of_one = Rows(partial(self._where, programme_id=ID))
        self._of_several = Rows(partial(self._where, programme_id__in=[IDS]), parted=True)

    def __call__(self, ids: Sequence[int], **given: Any) -> list[tuple[Any, ...]]:
        one = len(ids) == 1
        return self._of_one(id=ids[0], **given) if one else self._of_several(ids, **given)

    def _where(self, **programmes: Any) -> QuerySet[Any, tuple[Any, ...]]:
        values = MetricValue.objects.filter(*self._conditions, **programmes, **self._more)
        return values.values_list(*COLUMNS)


HISTORY = Rows(
    lambda: (
        MetricValue.objects.filter(programme_id=ID, metric__in=[NAMES], valid_from__lte=BEGIN)
        .order_by("-valid_from")
        .values_list(*COLUMNS[2:])[:LONGEST]
    )
)
VALUES = _Values(valid())
NAMED = _Values(valid(), metric__in=[NAMES])
THEN = _Values(valid(BEGIN), metric__in=[NAMES])


def _readings_now(ids: Sequence[int], names: Sequence[str]) -> dict[int, dict[str, Reading]]:
    values = NAMED(ids, names=names) if names else VALUES(ids)
    return _readings(ids, values)


def _cached_readings(
    freshness_by_id: Mapping[int, Freshness], names: Sequence[str]
) -> dict[int, dict[str, Reading]]:
    """Return the figures of programmes, cached by the moment of their computation, which is never
    the same twice. Nothing is cached while the past is read, since freshness is always that of
    now."""
    if past.is_past():
        return _readings_now(list(freshness_by_id), names)
    keys = {
        id: (id, *names, freshness.computed_at)
        for id, freshness in freshness_by_id.items()
        if freshness.computed_at
    }
    readings = {id: kept for id, key in keys.items() if (kept := computed.get(key)) is not None}
    if missing := [id for id in freshness_by_id if id not in readings]:
        for id, read in _readings_now(missing, names).items():
            readings[id] = read
            if id in keys:
                computed.put(keys[id], read, READING * (1 + len(read)))
    return readings


def _readings(
    ids: Iterable[int], values: Iterable[tuple[Any, ...]], at: datetime | None = None
) -> dict[int, dict[str, Reading]]:
    readings: dict[int, dict[str, Reading]] = {id: {} for id in ids}
    for programme, metric, *rest in values:
        if metric in BY_NAME:
            readings[programme][metric] = _reading(BY_NAME[metric], rest, at)
    return readings


def _past(
    programmes: Mapping[int, Programme], values: Iterable[tuple[Any, ...]], at: datetime
) -> dict[int, Rollup]:
    readings = _readings(programmes, values, at)
    bases = {
        rollup_basis.programme_id: rollup_basis
        for rollup_basis in RollupBasis.objects.filter(valid(at), programme_id__in=list(programmes))
    }
    return {
        id: _then(programme, readings[id], bases.get(id), at)
        for id, programme in programmes.items()
    }


def _then(
    programme: Programme, readings: Mapping[str, Reading], basis: RollupBasis | None, at: datetime
) -> Rollup:
    figures = readings.values()
    stale = readings.get("projects_stale")
    return Rollup(
        programme=programme,
        state="past",
        computed_at=max((reading.since for reading in figures if reading.since), default=None),
        as_of=basis.as_of if basis else None,
        generation=0,
        covered=sum(reading.included for reading in figures),
        missing=sum(reading.missing for reading in figures),
        stale=stale.included if stale else 0,
        failed_since=None,
        last_error="",
        metrics=_judged(programme, readings),
        at=at,
        engine_version=basis.engine_version if basis else None,
    )


def _reading(metric: Metric, columns: Sequence[Any], at: datetime | None) -> Reading:
    amount, day, word, reason, detail, included, excluded, missing, since = columns
    value = value_of(amount, day, word)
    return Reading(metric, value, reason, detail, included, excluded, missing, since, at)


def _rollup(programme: Programme, freshness: Freshness, readings: Mapping[str, Reading]) -> Rollup:
    return Rollup(
        programme=programme,
        state=freshness.state,
        computed_at=freshness.computed_at,
        as_of=freshness.as_of,
        generation=freshness.generation,
        covered=freshness.covered,
        missing=freshness.missing,
        stale=freshness.stale,
        failed_since=freshness.failed_since,
        last_error=freshness.last_error,
        next_attempt=freshness.next_attempt,
        metrics=_judged(programme, readings),
        engine_version=freshness.engine_version,
    )


def _judged(programme: Programme, readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """Return the figures in the order of their declaration, each with the bounds of its colours."""
    return {
        metric.name: replace(readings[metric.name], bounds=bounds_of(metric, programme))
        if metric.judged_by
        else readings[metric.name]
        for metric in METRICS
        if metric.name in readings
    }


def bounds_of(metric: Metric, programme: Programme) -> list[Decimal]:
    """Return the values at which the colour of a figure turns, by the rules of the programme's
    portfolio."""
    if not metric.judged_by:
        return []
    thresholds = programme.portfolio.thresholds
    return [getattr(thresholds, name) for name in metric.judged_by]
