"""What moved figures of a programme over the last 30 days, with all that was read before kept in
memory.

The ledger up to a computation never changes, since every later computation has a later moment. So
what was read up to a computation is kept, and only what was computed since is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from pmhub.caching import BoundedCache
from programmes.models import Programme
from programmes.queries.bridges import (
    Bridge,
    PeriodFacts,
    bridges_of,
    computed_at,
    moved_since,
    with_inputs,
)
from programmes.queries.bridges.lines import by_metric, lines_of
from programmes.queries.bridges.surroundings import surroundings
from programmes.queries.freshness import Freshness
from programmes.queries.ledger import Reading, readings_at, readings_of
from programmes.rollup.bridge import Turned, is_sum, joined, turns_by_source
from programmes.rollup.causes import Surroundings
from programmes.rollup.metrics import BY_NAME
from programmes.rollup.spans import Key, Period

LATELY = timedelta(days=30)
# Bytes that a process keeps; of a figure, of a turn with its line, and of a source, about.
MOST, READING, TURN, SOURCE = 4_000_000, 400, 1500, 1500

cache = BoundedCache(MOST)


@dataclass(frozen=True, slots=True)
class RecentFigures:
    """What was read of figures from a moment up to a computation: their values at both ends, the
    turns of their lines, and the paths of delays."""

    period: Period
    before: Mapping[str, Reading]
    after: Mapping[str, Reading]
    turns: Mapping[str, Turned]
    ways: Mapping[tuple[Key, datetime], tuple[Key, ...]]

    @property
    def size(self) -> int:
        """Return about how many bytes of memory it takes."""
        turned = [turns for by_source in self.turns.values() for turns in by_source.values()]
        return (
            READING * (len(self.before) + len(self.after))
            + SOURCE * len(turned)
            + TURN * sum(map(len, turned))
        )


def recent_bridge(
    programme: Programme, names: Sequence[str], freshness: Freshness, user: Any
) -> tuple[datetime | None, dict[str, Bridge]]:
    """Return since when the figures of a programme are compared, and what moved those that changed
    since: from the beginning of a day, or from the first computation of a figure that began later.
    `freshness` says which computation is the latest."""
    begin, moved = moved_since(programme, names, beginning(programme.portfolio.time_zone))
    if begin is None or freshness.computed_at is None or begin >= freshness.computed_at:
        return None, {}
    if not moved:
        return begin, {}
    after, period = readings_of(programme, freshness), Period(begin, freshness.computed_at)
    read = _read(programme, with_inputs(names), period, after)
    facts = PeriodFacts(
        before=read.before,
        after=read.after,
        turns=read.turns,
        around=Surroundings(ways=read.ways),
    )
    ordered = [name for name in names if name in moved]
    return begin, bridges_of(programme, ordered, read.period, user, facts, edits=False)


def beginning(zone: str) -> datetime:
    """Return the beginning of the day 30 days ago, which stays the same for a day."""
    day = (timezone.now().astimezone(ZoneInfo(zone)) - LATELY).date()
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def _read(
    programme: Programme, names: Sequence[str], period: Period, after: Mapping[str, Reading]
) -> RecentFigures:
    """Return what is stored for a period that ends at a computation; only what is new since the
    last call is read."""
    key = programme.pk, tuple(names)
    read: RecentFigures | None = cache.get(key)
    if read is None or not _continues(read, programme, names, period):
        before = readings_at(programme, BY_NAME, period.begin)
        start = replace(period, end=period.begin, computed=computed_at(before))
        read = RecentFigures(start, before, before, {}, {})
    if read.period.end < period.end:
        read = _read_on(programme, names, read, period.end, after)
        cache.put(key, read, read.size)
    return read


def _continues(
    read: RecentFigures, programme: Programme, names: Sequence[str], period: Period
) -> bool:
    """Return whether the period begins as the one that was read, and the figures at the end of that
    are still stored as they were read: a restored backup has another history."""
    if read.period.begin != period.begin or read.period.end > period.end:
        return False
    if read.period.end == period.end:
        return True
    then = readings_at(programme, names, read.period.end)
    return all(_known(then, name) == _known(read.after, name) for name in names)


def _known(readings: Mapping[str, Reading], name: str) -> Any:
    reading = readings.get(name)
    return reading and (reading.value, reading.since)


def _read_on(
    programme: Programme,
    names: Sequence[str],
    read: RecentFigures,
    until: datetime,
    after: Mapping[str, Reading],
) -> RecentFigures:
    whole = replace(read.period, end=until)
    # What happened since the beginning can be what moved a source that has not turned before.
    fresh = replace(whole, begin=read.period.end, computed=whole.since)
    spans = by_metric(lines_of(programme, names, fresh))
    last = {
        (name, key): earlier[-1][0].at
        for name, by_source in read.turns.items()
        for key, earlier in by_source.items()
        if earlier
    }
    around = surroundings(programme, fresh, spans, whole=whole, last=last)
    maxima = set(_maxima(names))
    turns = {name: dict(by_source) for name, by_source in read.turns.items()}
    for name, own in spans.items():
        mine = turns.setdefault(name, {})
        for source, more in turns_by_source(name, own, fresh, around, last).items():
            every = [*mine.get(source, ()), *more]
            mine[source] = every if name in maxima else joined(every)
    return RecentFigures(
        period=whole,
        before=read.before,
        after=after,
        turns=turns,
        ways={**read.ways, **around.ways},
    )


def _maxima(names: Iterable[str]) -> Iterable[str]:
    """Return the metrics whose lines make a maximum, which each turn of a line may move."""
    metrics = [BY_NAME[name] for name in names]
    return (metric.line_source for metric in metrics if metric.aggregate and not is_sum(metric))
