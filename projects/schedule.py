"""Dates: how delay travels between projects, the critical path, and the trend of a milestone.

Dates are calendar days. Network durations are plain numbers in the caller's unit.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from graphlib import CycleError as _GraphCycle
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any, TypeVar

TOLERANCE = 1e-9  # of a total float that counts as zero, in the network's unit of time
DAY_FOR_DAY_SLOPE = 0.8  # days of slip per day elapsed: a milestone that never comes nearer

Node = TypeVar("Node", bound=Hashable)


class LinkKind(StrEnum):
    """Which end of the giver holds back which end of the receiver."""

    FS = "FS"
    SS = "SS"
    FF = "FF"
    SF = "SF"


class CycleError(ValueError):
    """The links form a circle: `path`, ids from giver to receiver, the first repeated last."""

    def __init__(self, path: Iterable[Any]) -> None:
        self.path = list(path)
        super().__init__("Dependencies form a circle: " + " → ".join(map(str, self.path)))


def _ordered(graph: Mapping[Node, Iterable[Node]]) -> list[Node]:
    try:
        return list(TopologicalSorter(graph).static_order())
    except _GraphCycle as error:
        raise CycleError(error.args[1]) from None


def find_cycle(edges: Iterable[tuple[int, int]]) -> list[int] | None:
    """A circle among (giver, receiver) pairs, its first id repeated last; None if there is none."""
    givers: dict[int, list[int]] = defaultdict(list)
    for giver, receiver in edges:
        givers[receiver].append(giver)
    try:
        _ordered(givers)
    except CycleError as cycle:
        return cycle.path
    return None


# Delay propagation between projects


@dataclass(frozen=True, slots=True)
class Work:
    """A project as declared: dates are actual where there is one, otherwise forecast."""

    id: int
    start: date
    finish: date
    started: bool
    closed: bool
    baseline_finish: date | None


@dataclass(frozen=True, slots=True)
class Link:
    """A driving, open dependency. `giver` None is an external party.

    `event_on` is the giver's event, delivered or forecast; None means the giver's own propagated
    start (SS, SF) or finish (FS, FF). An event already `delivered` no longer moves with its giver.
    """

    id: int
    giver: int | None
    receiver: int
    kind: LinkKind
    lag_days: int
    event_on: date | None
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a project really stands.

    `slip_days` is against the baseline finish, `hidden_delay_days` against the declared finish
    (never negative), `driver` the link that set the finish.
    """

    start: date
    finish: date
    slip_days: int | None
    hidden_delay_days: int
    driver: int | None


def propagate(
    works: Iterable[Work], links: Iterable[Link], settled: Mapping[int, Position] = {}
) -> dict[int, Position]:
    """Push every project to the dates its driving dependencies allow; nothing ever moves earlier.

    `settled` holds givers that are not among `works`. A giver known to neither hides no delay and,
    without an event date, holds nobody back. Of links asking for the same date the lowest id is the
    driver. Raises CycleError. (domain.md 2.3, programme delay propagation v1)
    """
    by_id = {work.id: work for work in works}
    inbound: dict[int, list[Link]] = defaultdict(list)
    for link in sorted(links, key=lambda link: link.id):
        if link.receiver in by_id:
            inbound[link.receiver].append(link)
    graph = {each: [link.giver for link in inbound[each] if link.giver in by_id] for each in by_id}
    positions = dict(settled)
    order = _ordered(graph)
    for each in order:
        positions[each] = _pushed(by_id[each], inbound[each], positions)
    return {each: positions[each] for each in order}


def _pushed(work: Work, inbound: Iterable[Link], positions: Mapping[int, Position]) -> Position:
    start, finish, driver = work.start, work.finish, None
    for link in () if work.closed else inbound:
        push = _push(link, work.started, start, finish, positions)
        if push > timedelta(0):
            finish += push
            start = start if work.started else start + push
            driver = link.id
    return Position(
        start=start,
        finish=finish,
        slip_days=_days(finish, work.baseline_finish),
        hidden_delay_days=(finish - work.finish).days,
        driver=driver,
    )


def _push(
    link: Link,
    started: bool,
    start: date,
    finish: date,
    positions: Mapping[int, Position],
) -> timedelta:
    """How much later the receiver must be; a started project cannot start later."""
    event = _event(link, positions)
    holds_start = link.kind in (LinkKind.FS, LinkKind.SS)
    if event is None or (holds_start and started):
        return timedelta(0)
    return event + timedelta(days=link.lag_days) - (start if holds_start else finish)


def _event(link: Link, positions: Mapping[int, Position]) -> date | None:
    giver = positions.get(link.giver) if link.giver is not None else None
    if link.event_on is None:
        if giver is None:
            return None
        return giver.start if link.kind in (LinkKind.SS, LinkKind.SF) else giver.finish
    hidden = giver.hidden_delay_days if giver and not link.delivered else 0
    return link.event_on + timedelta(days=hidden)


def _days(later: date | None, earlier: date | None) -> int | None:
    return None if later is None or earlier is None else (later - earlier).days


# One dependency


@dataclass(frozen=True, slots=True)
class DependencyFigures:
    """Days are calendar days; `remaining_float_days` is what is left of the receiver's float."""

    effective_forecast: date | None
    lateness_days: int | None
    receiver_float_days: int | None
    remaining_float_days: int | None
    status: str


def dependency_figures(  # noqa: PLR0913 - the facts of one dependency, all by keyword
    *,
    kind: LinkKind,
    lag_days: int,
    need_by: date | None,
    forecast_on: date | None,
    accepted: bool,
    delivered: bool,
    agreed: bool,
    drives: bool,
    hard: bool,
    giver_hidden_days: int,
    receiver_start: date | None,
    receiver_finish: date | None,
    as_of: date,
) -> DependencyFigures:
    """Lateness against need-by, the receiver's float and the colour of one dependency.

    `status` is done, green, amber or red. Remaining float is None once accepted, or where the
    dependency does not drive the schedule. (domain.md 2.3, dependency figures)
    """
    settled = accepted or delivered
    hidden = timedelta(days=0 if settled else giver_hidden_days)
    effective = None if forecast_on is None else forecast_on + hidden
    lateness = _days(effective, need_by)
    event = receiver_start if kind in (LinkKind.FS, LinkKind.SS) else receiver_finish
    slack = _days(event, need_by)
    slack = None if slack is None else slack - lag_days
    remaining = None
    if drives and not accepted and lateness is not None and slack is not None:
        remaining = slack - lateness
    overdue = need_by is not None and need_by < as_of and not settled
    exhausted = remaining is not None and remaining < 0
    if accepted:
        status = "done"
    elif drives and hard and (exhausted or overdue):
        status = "red"
    elif overdue or not (agreed or settled) or lateness is None or lateness > 0:
        status = "amber"
    else:
        status = "green"
    return DependencyFigures(effective, lateness, slack, remaining, status)


# The critical path


@dataclass(frozen=True, slots=True)
class Relation:
    """A precedence between two activities; a negative lag is a lead."""

    giver: str
    receiver: str
    kind: LinkKind = LinkKind.FS
    lag: float = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """Early and late dates of an activity, counted from the network's start."""

    early_start: float
    early_finish: float
    late_start: float
    late_finish: float
    total_float: float
    free_float: float


@dataclass(frozen=True, slots=True)
class Network:
    """The network's duration, its critical activities (in order of work) and every activity."""

    duration: float
    critical: tuple[str, ...]
    activities: Mapping[str, Activity]


def cpm(durations: Mapping[str, float], relations: Sequence[Relation] = ()) -> Network:
    """Critical path method with four link kinds and lags; nothing starts before 0.

    Critical means a total float of 0, within 1e-9. Raises CycleError.
    """
    inbound: dict[str, list[Relation]] = defaultdict(list)
    outbound: dict[str, list[Relation]] = defaultdict(list)
    for relation in relations:
        inbound[relation.receiver].append(relation)
        outbound[relation.giver].append(relation)
    order = _ordered({name: [r.giver for r in inbound[name]] for name in durations})
    early: dict[str, float] = {}
    for name in order:
        asked = (early[r.giver] + _offset(r, durations) for r in inbound[name])
        early[name] = max([0.0, *asked])
    duration = max((early[name] + durations[name] for name in order), default=0.0)
    late: dict[str, float] = {}
    for name in reversed(order):
        allowed = (late[r.receiver] - _offset(r, durations) for r in outbound[name])
        late[name] = min([duration - durations[name], *allowed])
    free = {
        name: min(
            [
                duration - early[name] - durations[name],
                *(early[r.receiver] - early[name] - _offset(r, durations) for r in outbound[name]),
            ]
        )
        for name in order
    }
    activities = {
        name: Activity(
            early_start=early[name],
            early_finish=early[name] + durations[name],
            late_start=late[name],
            late_finish=late[name] + durations[name],
            total_float=late[name] - early[name],
            free_float=free[name],
        )
        for name in order
    }
    critical = tuple(name for name in order if abs(late[name] - early[name]) <= TOLERANCE)
    return Network(duration, critical, activities)


def _offset(relation: Relation, durations: Mapping[str, float]) -> float:
    """Least time from the giver's start to the receiver's start."""
    from_finish = relation.kind in (LinkKind.FS, LinkKind.FF)
    to_finish = relation.kind in (LinkKind.FF, LinkKind.SF)
    given = durations[relation.giver] if from_finish else 0
    taken = durations[relation.receiver] if to_finish else 0
    return given + relation.lag - taken


def cpm_delay(
    planned: Mapping[str, float],
    observed: Mapping[str, float],
    relations: Sequence[Relation] = (),
    due: float | None = None,
) -> float:
    """Delay of the observed network against the due time, by default the planned duration."""
    target = cpm(planned, relations).duration if due is None else due
    return cpm(observed, relations).duration - target


# Three-point estimates


@dataclass(frozen=True, slots=True)
class Estimate:
    """Optimistic, most likely and pessimistic duration."""

    low: float
    most_likely: float
    high: float

    @property
    def mean(self) -> float:
        """(a + 4m + b) / 6."""
        return (self.low + 4 * self.most_likely + self.high) / 6

    @property
    def sd(self) -> float:
        """The classic (b - a) / 6, not the PERT-beta one: they differ."""
        return (self.high - self.low) / 6


@dataclass(frozen=True, slots=True)
class PertNetwork:
    """Expected duration, and the standard deviation along the critical path only."""

    network: Network
    sd: float

    def probability_by(self, due: float) -> float:
        """Chance of finishing by `due`; optimistic where near-critical paths run in parallel."""
        duration = self.network.duration
        if self.sd == 0:
            return float(duration <= due)
        return (1 + math.erf((due - duration) / (self.sd * math.sqrt(2)))) / 2


def pert(estimates: Mapping[str, Estimate], relations: Sequence[Relation] = ()) -> PertNetwork:
    """The critical path on expected durations; of several, the most uncertain. Raises CycleError."""
    durations = {name: estimate.mean for name, estimate in estimates.items()}
    network = cpm(durations, relations)
    early = {name: each.early_start for name, each in network.activities.items()}
    variances: dict[str, float] = {}
    for name in network.critical:
        before = (
            variances[r.giver]
            for r in relations
            if r.receiver == name
            and r.giver in variances
            and abs(early[r.giver] + _offset(r, durations) - early[name]) <= TOLERANCE
        )
        variances[name] = estimates[name].sd ** 2 + max(before, default=0.0)
    return PertNetwork(network, math.sqrt(max(variances.values(), default=0.0)))


# Milestones


@dataclass(frozen=True, slots=True)
class MilestoneTrend:
    """Increments of slip in days, the first one from the baseline; `slope` is days per day."""

    increments: tuple[int, ...]
    latest_slip: int
    slope: float | None
    trend: str


def milestone_trend(slip_days: Sequence[int], reported_on: Sequence[date] = ()) -> MilestoneTrend:
    """How a milestone moves over its reports (oldest first, at least one).

    `trend` is stable, recovering, day_for_day, accelerating_slip or slipping. The slope is the
    least squares of slip on report date, None with fewer than two report dates.
    """
    increments = tuple(now - then for then, now in pairwise([0, *slip_days]))
    slope = _slope([day.toordinal() for day in reported_on], slip_days) if reported_on else None
    return MilestoneTrend(increments, slip_days[-1], slope, _trend(increments, slope))


def _trend(increments: Sequence[int], slope: float | None) -> str:
    if not any(increments):
        return "stable"
    if increments[-1] < 0:
        return "recovering"
    if slope is not None and slope >= DAY_FOR_DAY_SLOPE:
        return "day_for_day"
    if len(increments) > 1 and all(b > a for a, b in pairwise(increments)):
        return "accelerating_slip"
    return "slipping"


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    if not spread:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
