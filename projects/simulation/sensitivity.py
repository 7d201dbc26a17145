"""Sensitivity of the finish of a programme: the float of every event, and the drag of every
dependency, milestone and project.

Both are found by running the propagation itself, all trials at once, over the projects that a
trial can move. Days are calendar days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeAlias, TypeVar

import numpy as np

from projects.schedule import (
    FINISH,
    EventName,
    Link,
    Place,
    Schedule,
    SupposedDays,
    Timeline,
    Work,
    schedule,
    timelines,
)

FAR = 10_000_000  # days: later than any event
CELLS = 2_000_000  # events times trials computed at once
FEWEST = 16  # trials

Case = TypeVar("Case")
Standing: TypeAlias = Mapping[Place, int]  # days on which events stand


@dataclass(frozen=True, slots=True)
class Drag:
    """The days by which a record moves the programme's finish: that finish as it is computed, less
    the one with the record at its baseline. Below 0, the record gains days."""

    id: int
    days: int


@dataclass(frozen=True, slots=True)
class EventFloat:
    """The most days by which an event alone may come later than computed without moving the
    programme's finish; None where that finish does not wait for it at all."""

    project: int
    event: EventName
    days: int | None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The floats of events and the drags of records of a programme. A reached event has no float;
    what is reached, delivered, ended or without a baseline has no drag."""

    finish: date
    floats: tuple[EventFloat, ...] = ()
    dependencies: tuple[Drag, ...] = ()
    milestones: tuple[Drag, ...] = ()
    projects: tuple[Drag, ...] = ()


@dataclass(frozen=True)
class _Network:
    """The computed events of a programme, and its finish in trials with other days."""

    plan: Schedule
    settled: Mapping[int, Timeline]

    @cached_property
    def found(self) -> Mapping[int, Timeline]:
        """The computed timelines, by project."""
        return timelines(self.plan, self.settled)

    @cached_property
    def known(self) -> Mapping[int, Timeline]:
        """The timelines of all givers, of this programme and of others."""
        return {**self.settled, **self.found}

    @cached_property
    def receivers(self) -> Mapping[int | None, set[int]]:
        """The projects that wait for each giver."""
        waiting: dict[int | None, set[int]] = defaultdict(set)
        for (receiver, _), landing in self.plan.landing.items():
            for link in landing:
                waiting[link.giver].add(receiver)
        return waiting

    @cached_property
    def landings(self) -> Mapping[int, int]:
        """The project on which each dependency lands, by the id of the dependency."""
        landing = self.plan.landing.items()
        return {link.id: receiver for (receiver, _), links in landing for link in links}

    @cached_property
    def finish(self) -> int:
        """The computed finish of the programme."""
        return int(self._last({}))

    def tried(
        self, cases: Sequence[Case], supposing: Callable[[Sequence[Case]], SupposedDays]
    ) -> Iterator[tuple[Case, int]]:
        """Yield each case with the days by which it moves the finish of the programme."""
        events = sum(len(work.events) for work in self.plan.works.values())
        most = max(FEWEST, CELLS // max(events, 1))
        for first in range(0, len(cases), most):
            some = cases[first : first + most]
            supposed = supposing(some)
            trial = timelines(self._moved_by(supposed), self.known, supposed, np.maximum)
            moved = np.broadcast_to(self._last(trial) - self.finish, len(some))
            yield from zip(some, moved.tolist(), strict=True)

    def _moved_by(self, supposed: SupposedDays) -> Schedule:
        """Return the part of the schedule that supposed days can move: the projects that they are
        about, and those that wait for them."""
        about = {id for id, _ in (*supposed.landing, *supposed.standing)}
        about |= {self.landings[id] for id in supposed.arriving}
        moved = self._with_receivers(about)
        works = {id: work for id, work in self.plan.works.items() if id in moved}
        order = [node for node in self.plan.order if node[0] in moved]
        return Schedule(works, self.plan.landing, order)

    def _with_receivers(self, projects: set[int]) -> set[int]:
        """Return these projects and all that wait for them, however indirectly."""
        found, new = set(projects), projects
        while new:
            new = set().union(*(self.receivers.get(id, ()) for id in new)) - found
            found |= new
        return found

    def _last(self, trial: Mapping[int, Timeline]) -> np.ndarray:
        """Return the finish of the programme in trials that move these projects alone."""
        finishing = [work.id for work in _finishing(self.plan)]
        still = [self._end(self.found[id]) for id in finishing if id not in trial]
        last: np.ndarray = np.array(max(still, default=0))
        for id in finishing:
            if id in trial:
                last = np.maximum(last, self._end(trial[id]))
        return last

    @staticmethod
    def _end(timeline: Timeline) -> np.ndarray:
        end: np.ndarray = timeline.events[FINISH].computed
        return end

    def computed(self, place: Place) -> int:
        """Return the computed day of an event."""
        day: int = self.found[place[0]].events[place[1]].computed
        return day


def sensitivity(
    works: Sequence[Work], links: Sequence[Link], settled: Mapping[int, Timeline] = {}
) -> Sensitivity | None:
    """Return the floats and the drags behind the finish of these projects; None without one that
    will finish. Raises CycleError.

    A milestone at its baseline stands on its baseline day, as though it were reached then; a
    project does so with all its events that are still to come and have one; a dependency arrives on
    the day it is needed by.
    """
    plan = schedule(works, links)
    if not _finishing(plan):
        return None
    network = _Network(plan, settled)
    return Sensitivity(
        finish=date.fromordinal(network.finish),
        floats=_floats(network),
        dependencies=_dependencies(network),
        milestones=_milestones(network),
        projects=_projects(network),
    )


def _finishing(plan: Schedule) -> list[Work]:
    works = plan.works.values()
    return [work for work in works if FINISH in work.events and work.ended != "terminated"]


def _to_come(work: Work) -> list[EventName]:
    """Return the events of a project that are still to come."""
    if work.ended:
        return []
    return [name for name, dates in work.events.items() if not dates.reached]


def _floats(network: _Network) -> tuple[EventFloat, ...]:
    """Return the float of each event. An event is pushed by very many days (`FAR`): the finish
    moves by as many days less the float of the event."""
    places = [(work.id, name) for work in network.plan.works.values() for name in _to_come(work)]

    def pushed(some: Sequence[Place]) -> SupposedDays:
        days = {
            place: _only(row, len(some), network.computed(place) + FAR)
            for row, place in enumerate(some)
        }
        return SupposedDays(landing=days)

    # An overdue event without a push of its own would push as soon as something landed on it.
    return tuple(
        EventFloat(*place, max(0, FAR - moved) if moved else None)
        for place, moved in network.tried(places, pushed)
    )


def _dependencies(network: _Network) -> tuple[Drag, ...]:
    planned = [
        (link.id, link.need_by.toordinal())
        for (receiver, event), landing in network.plan.landing.items()
        for link in landing
        if link.need_by
        and event in _to_come(network.plan.works[receiver])
        and not _is_there(link, network)
    ]

    def arriving(some: Sequence[tuple[int, int]]) -> SupposedDays:
        return SupposedDays(
            arriving={id: _only(row, len(some), day) for row, (id, day) in enumerate(some)}
        )

    drags = [Drag(id, -moved) for (id, _), moved in network.tried(planned, arriving)]
    return tuple(sorted(drags, key=lambda drag: drag.id))


def _is_there(link: Link, network: _Network) -> bool:
    """Return whether the dependency is delivered, or the event of the giver that it follows has
    happened."""
    giver = network.found.get(link.giver or 0) or network.settled.get(link.giver or 0)
    event = giver.events.get(link.gives) if giver and link.gives is not None else None
    return link.given or bool(event and event.reached)


def _milestones(network: _Network) -> tuple[Drag, ...]:
    cases: list[tuple[int, Standing]] = [
        (name, {(work.id, name): day})
        for work in network.plan.works.values()
        for name, day in _baselines(work).items()
        if isinstance(name, int)
    ]
    return _stood(network, cases)


def _projects(network: _Network) -> tuple[Drag, ...]:
    cases = [
        (work.id, {(work.id, name): day for name, day in _baselines(work).items()})
        for work in network.plan.works.values()
        if FINISH in _baselines(work)
    ]
    return _stood(network, cases)


def _baselines(work: Work) -> dict[EventName, int]:
    """Return the baseline days of the events that are still to come."""
    days = {name: work.events[name].baseline for name in _to_come(work)}
    return {name: day.toordinal() for name, day in days.items() if day}


def _stood(network: _Network, cases: Sequence[tuple[int, Standing]]) -> tuple[Drag, ...]:
    """Return the drag of each case: of a record whose events are supposed to stand on these
    days."""

    def standing(some: Sequence[tuple[int, Standing]]) -> SupposedDays:
        days: dict[Place, np.ndarray] = {}
        for row, (_, stands) in enumerate(some):
            for place, day in stands.items():
                days.setdefault(place, np.zeros(len(some), dtype=np.int64))[row] = day
        return SupposedDays(standing=days)

    return tuple(Drag(id, -moved) for (id, _), moved in network.tried(cases, standing))


def _only(row: int, trials: int, day: int) -> np.ndarray:
    """Return an array of trials with the day in one of them and 0 in the others."""
    days = np.zeros(trials, dtype=np.int64)
    days[row] = day
    return days
