"""Where a delay came from: the record that somebody edited, and the path from there.

A line that moved with its dates is followed upstream through the stored events of projects before
and after: what set its day, the event of the giver behind that, what set the day of that event, and
so on for as long as days have changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from programmes.rollup.spans import Key, Turn
from programmes.sources import DEPENDENCY, MILESTONE, PROJECT
from projects.models import Dependency, ProjectForecast
from projects.queries.dependencies import timeline_of
from projects.schedule.events import FINISH, START, EventName
from projects.schedule.links import COLUMNS, Link
from projects.schedule.timeline import Event, Timeline, dating_event

MOST = 100  # dependencies that one delay is followed through
Moved = tuple[Key, datetime]  # a source, and the computation that saw it moved
States = Mapping[datetime, Mapping[int, Timeline]]
Place = tuple[int, EventName]  # a project and an event of it


@dataclass(slots=True)
class _Trail:
    """A movement that is followed upstream: `path` leads from the furthest known record to the
    source, `at` is the event to look at next, None at the end."""

    turn: Turn
    path: tuple[Key, ...]
    at: Place | None = None
    first: int | None = None  # the dependency it begins with, where the source is one

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Return the moments of the turn before and of this one."""
        return self.turn.since, self.turn.at


def ways_of(turns: Iterable[Turn], states: States) -> dict[Moved, tuple[Key, ...]]:
    """Return the path of each of these movements of dates, from the record that was edited to the
    source, without those that began with the source itself. `states` are the timelines of projects
    at moments for which nothing is stored.

    The number of queries grows only with the length of the longest path.
    """
    trails = [_begun(turn) for turn in turns]
    estate = _Estate({moment for trail in trails for moment in trail.moments}, states)
    for _ in range(MOST):
        going = [trail for trail in trails if trail.at or trail.first]
        if not going:
            break
        estate.learn(going)
        for trail in going:
            _follow(trail, estate)
    return {(way.turn.source, way.turn.at): way.path for way in trails if len(way.path) > 1}


def _begun(turn: Turn) -> _Trail:
    kind, id = turn.source
    if kind == PROJECT.name:
        return _Trail(turn, (turn.source,), at=(id, FINISH))
    return _Trail(turn, (turn.source,), first=id)


def _follow(trail: _Trail, estate: _Estate) -> None:
    """Follow a trail one dependency further upstream, or end it."""
    at, trail.at = trail.at, None
    links = [*estate.links_at(trail, at)]
    trail.first = None
    for link in links:
        if place := estate.moved_giver(link, trail.moments):
            through: Key = (DEPENDENCY.name, link.id)
            way = trail.path if trail.path[0] == through else (through, *trail.path)
            trail.path = (_record(place), *way)
            trail.at = None if estate.has_ended(place[0], trail.moments) else place
            return
    began = estate.edited(at, trail.moments) if at else None
    if began is None and links and at:
        began = (DEPENDENCY.name, links[0].id)
    if began and began != trail.path[0]:
        trail.path = (began, *trail.path)


def _record(place: Place) -> Key:
    """Return the record that is edited to move an event: a milestone, or the project for its start
    and finish."""
    project, name = place
    return (MILESTONE.name, name) if isinstance(name, int) else (PROJECT.name, project)


@dataclass(slots=True)
class _Estate:
    """Stored projects and dependencies, read when they are needed."""

    moments: Collection[datetime]
    states: States
    forecasts: dict[int, list[ProjectForecast]] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)

    def learn(self, trails: Collection[_Trail]) -> None:
        """Read what the next step of these trails needs: three queries at most."""
        self._learn_projects(trail.at[0] for trail in trails if trail.at)
        drivers = {id for trail in trails for id in self._drivers(trail, trail.at)}
        wanted = drivers - self.links.keys()
        if wanted:
            rows = Dependency.objects.filter(pk__in=wanted).values(*COLUMNS)
            self.links |= {row["id"]: Link.of(row) for row in rows}
        self._learn_projects(
            giver for id in drivers if id in self.links and (giver := self.links[id].giver)
        )

    def _learn_projects(self, ids: Iterable[int]) -> None:
        wanted = set(ids) - self.forecasts.keys()
        if not wanted:
            return
        self.forecasts |= {id: [] for id in wanted}
        rows = ProjectForecast.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=min(self.moments)),
            project_id__in=wanted,
            valid_from__lte=max(self.moments),
        )
        for row in rows.order_by("valid_from"):
            self.forecasts[row.project_id].append(row)

    def timeline(self, project: int, moment: datetime) -> Timeline | None:
        """Return the events of a project as they were at a moment; None where nothing is stored."""
        if timeline := self.states.get(moment, {}).get(project):
            return timeline
        for row in self.forecasts.get(project, ()):
            if row.valid_from <= moment and (row.valid_to is None or row.valid_to > moment):
                return timeline_of(row)
        return None

    def event(self, place: Place, moment: datetime) -> Event | None:
        """Return an event as it was at a moment; None where nothing is stored."""
        timeline = self.timeline(place[0], moment)
        return timeline.events.get(place[1]) if timeline else None

    def links_at(self, trail: _Trail, at: Place | None) -> Iterator[Link]:
        """Yield the dependencies that set the day of an event, after the turn and before it."""
        yield from (self.links[id] for id in self._drivers(trail, at) if id in self.links)

    def _drivers(self, trail: _Trail, at: Place | None) -> list[int]:
        if at is None:
            return [trail.first] if trail.first else []
        events = (self.event(at, moment) for moment in reversed(trail.moments))
        drivers = [event.driver for event in events if event]
        return [*dict.fromkeys(driver for driver in drivers if isinstance(driver, int))]

    def moved_giver(self, link: Link, moments: tuple[datetime, datetime]) -> Place | None:
        """Return the giver's event behind the dependency, if its day has changed."""
        if link.giver is None:
            return None
        if self.has_ended(link.giver, moments):
            return link.giver, FINISH
        for moment in reversed(moments):
            name = dating_event(link, self.timeline(link.giver, moment))
            if name is None:
                continue
            before, after = (self.event((link.giver, name), at) for at in moments)
            if (before and before.computed) != (after and after.computed):
                return link.giver, name
        return None

    def has_ended(self, project: int, moments: tuple[datetime, datetime]) -> bool:
        """Return whether the project was closed, terminated or reopened between the moments."""
        before, after = (self.timeline(project, moment) for moment in moments)
        return bool(before and after and before.ended != after.ended)

    def edited(self, place: Place, moments: tuple[datetime, datetime]) -> Key | None:
        """Return the record whose declared day has changed: the event itself, or a milestone that
        its finish waits for; None where neither has."""
        if self._declared_otherwise(place, moments):
            return _record(place)
        after = self.timeline(place[0], moments[1])
        if after is None or place[1] != FINISH:
            return None
        finish = [event and event.computed for event in (self.event(place, m) for m in moments)]
        for name in after.events:
            mine = (place[0], name)
            if name in (START, FINISH) or not self._declared_otherwise(mine, moments):
                continue
            days = [event and event.computed for event in (self.event(mine, m) for m in moments)]
            if any(day is not None and day in finish for day in days):
                return _record(mine)
        return None

    def _declared_otherwise(self, place: Place, moments: tuple[datetime, datetime]) -> bool:
        before, after = (self.event(place, moment) for moment in moments)
        return bool(before and after and before.declared != after.declared)
