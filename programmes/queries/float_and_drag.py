"""A programme's dates with one of them changed: they explain a float or a drag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from programmes.models import Programme
from programmes.rollup.reading import network_of
from projects.models import Dependency, Milestone, Project
from projects.schedule import (
    FINISH,
    CycleError,
    EventName,
    Link,
    SupposedDays,
    Timeline,
    Work,
    critical_chain,
    last_to_finish,
    propagate,
)

DEPENDENCIES, MILESTONES, PROJECTS = "dependencies", "milestones", "projects"
KINDS: Mapping[str, Any] = {
    DEPENDENCIES: Dependency,
    MILESTONES: Milestone,
    PROJECTS: Project,
}


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """An event on the chain that makes the finish. `by` is what sets its day: the code of a
    dependency, or status_date; None where it is its own declared day."""

    project: int
    code: str
    event: EventName
    title: str
    on: date
    by: str | None
    link: int | None


@dataclass(frozen=True, slots=True)
class Supposition:
    """The finish of a programme as computed, and `finish_otherwise` with one event, dependency or
    project on `supposed_on` instead of `on`; each with its chain. For a project, which has several
    days, `on` is None."""

    finish: date
    chain: Sequence[ChainEvent]
    finish_otherwise: date
    chain_otherwise: Sequence[ChainEvent]
    on: date | None = None
    supposed_on: date | None = None

    @property
    def days(self) -> int:
        """Return by how many days the computed finish is later than the supposed one."""
        return (self.finish - self.finish_otherwise).days

    @property
    def later(self) -> int:
        """Return by how many days the supposed finish is later than the computed one."""
        return -self.days


def drag_of(programme: Programme, kind: str, id: int) -> Supposition | None:
    """Return the dates with a dependency on the day it is needed by, or with a milestone or a
    project at its baseline; None where there is no such day, or it has been reached."""
    return _supposition(programme, lambda network: network.at_baseline(kind, id))


def float_of(programme: Programme, project: int, event: EventName, days: int) -> Supposition | None:
    """Return the dates with an event one day later than its float of `days` allows; None where the
    event has happened."""
    return _supposition(programme, lambda network: network.later(project, event, days + 1))


@dataclass(frozen=True)
class _Network:
    works: Mapping[int, Work]
    links: Mapping[int, Link]
    settled: Mapping[int, Timeline]
    computed: Mapping[int, Timeline]

    def at_baseline(self, kind: str, id: int) -> _Case | None:
        if kind == DEPENDENCIES:
            link = self.links.get(id)
            if link is None or link.need_by is None or link.given:
                return None
            return _Case(SupposedDays(arriving={id: link.need_by.toordinal()}), None, link.need_by)
        if kind == PROJECTS:
            standing = self._baselines(self.works[id]) if id in self.works else {}
            return _Case(SupposedDays(standing=standing)) if (id, FINISH) in standing else None
        for work in self.works.values():
            day = self._baselines(work).get((work.id, id))
            if day is not None:
                supposed = SupposedDays(standing={(work.id, id): day})
                return _Case(supposed, self.computed[work.id].day(id), date.fromordinal(day))
        return None

    def later(self, project: int, event: EventName, days: int) -> _Case | None:
        timeline = self.computed.get(project)
        stand = timeline.events.get(event) if timeline else None
        if stand is None or stand.reached or self.works[project].ended:
            return None
        day = stand.computed + days
        landing = {(project, event): day}
        return _Case(
            SupposedDays(landing=landing),
            date.fromordinal(stand.computed),
            date.fromordinal(day),
        )

    @staticmethod
    def _baselines(work: Work) -> dict[tuple[int, EventName], int]:
        if work.ended:
            return {}
        return {
            (work.id, name): dates.baseline.toordinal()
            for name, dates in work.events.items()
            if dates.baseline and not dates.reached
        }


@dataclass(frozen=True, slots=True)
class _Case:
    supposed: SupposedDays
    on: date | None = None
    supposed_on: date | None = None


def _supposition(programme: Programme, asked: Any) -> Supposition | None:
    try:
        network = _network(programme)
    except CycleError:
        return None
    case = asked(network)
    if case is None:
        return None
    supposed = propagate(
        network.works.values(), network.links.values(), network.settled, case.supposed
    )
    now, otherwise = _chain(network, network.computed), _chain(network, supposed)
    if not now or not otherwise:
        return None
    return Supposition(now[0].on, now, otherwise[0].on, otherwise, case.on, case.supposed_on)


def _network(programme: Programme) -> _Network:
    works, links, settled = network_of(programme.pk, programme.portfolio.as_of)
    return _Network(
        {work.id: work for work in works},
        {link.id: link for link in links},
        settled,
        propagate(works, links, settled),
    )


def _chain(network: _Network, timelines: Mapping[int, Timeline]) -> list[ChainEvent]:
    """Return the chain that ends with the programme's finish, the last event first."""
    codes = {id: work.code for id, work in network.works.items()}
    last = last_to_finish(timelines, codes)
    steps = critical_chain(last, timelines, network.links) if last is not None else []
    ids = [step.event for step in steps if isinstance(step.event, int)]
    titles = {row.pk: str(row) for row in Milestone.objects.filter(pk__in=ids)}
    return [
        ChainEvent(
            project=step.project,
            code=codes[step.project],
            event=step.event,
            title=titles.get(step.event, "") if isinstance(step.event, int) else step.event,
            on=date.fromordinal(timelines[step.project].events[step.event].computed),
            by=network.links[by].code if isinstance(by, int) else by,
            link=by if isinstance(by, int) else None,
        )
        for step in steps
        for by in [step.driver]
    ]
