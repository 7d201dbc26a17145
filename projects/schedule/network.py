"""The critical path and three-point estimates; durations are numbers in the caller's unit."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projects.schedule.links import LinkKind, ordered

TOLERANCE = 1e-9  # of a total float that counts as zero, in the network's unit of time


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
    order = ordered({name: [r.giver for r in inbound[name]] for name in durations})
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
    """The critical path on expected durations; of several the most uncertain one.

    Raises CycleError.
    """
    durations = {name: estimate.mean for name, estimate in estimates.items()}
    network = cpm(durations, relations)
    early = {name: each.early_start for name, each in network.activities.items()}
    inbound: dict[str, list[Relation]] = defaultdict(list)
    for relation in relations:
        if abs(early[relation.giver] + _offset(relation, durations) - early[relation.receiver]) <= (
            TOLERANCE
        ):
            inbound[relation.receiver].append(relation)
    ends: dict[str, tuple[float, float]] = {}
    for name in network.critical:
        ends[name] = _variances(estimates[name].sd ** 2, inbound[name], ends)
    last = (
        ends[name][1]
        for name in network.critical
        if abs(network.activities[name].early_finish - network.duration) <= TOLERANCE
    )
    return PertNetwork(network, math.sqrt(max(last, default=0.0)))


def _variances(
    own: float, holding: Sequence[Relation], ends: Mapping[str, tuple[float, float]]
) -> tuple[float, float]:
    """Variance of an activity's start and of its finish, by the most uncertain relations that hold
    it: an activity is on the path only from where a relation reaches it to where one leaves it."""
    found = []
    for relation in holding:
        if relation.giver in ends:
            from_finish = relation.kind in (LinkKind.FS, LinkKind.FF)
            given = ends[relation.giver][1 if from_finish else 0]
            to_finish = relation.kind in (LinkKind.FF, LinkKind.SF)
            found.append((given + own, given) if to_finish else (given, given + own))
    starts, finishes = zip(*found, strict=True) if found else ((0.0,), (own,))
    return max(starts), max(finishes)
