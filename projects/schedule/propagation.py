"""How delay travels between projects, event by event. Days are calendar days.

What is late moves only what comes after it: distances between the declared days of a project stay,
and an event moves by the largest push of itself and of those before it in planned order.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from projects.schedule.events import BEFORE_START, FINISH, START, EventName, Work
from projects.schedule.links import CycleError, Link, ordered
from projects.schedule.timeline import (
    STATUS_DATE,
    Days,
    Driver,
    Event,
    Later,
    Timeline,
    arrival,
)

# An event of a project; or, with a number for the name, all its events up to that place.
Node: TypeAlias = tuple[int, EventName, bool]
Place: TypeAlias = tuple[int, EventName]  # an event, with the id of its project


@dataclass(frozen=True)
class Schedule:
    """Projects with the driving dependencies that land on their events, in an order in which each
    event comes after what it waits for."""

    works: Mapping[int, Work]
    landing: Mapping[Place, list[Link]]
    order: list[Node]


@dataclass(frozen=True, slots=True)
class SupposedDays:
    """Days that are supposed otherwise than declared, each of them a number or an array of one a
    trial.

    `added` are days by which what remains of a project takes longer: its milestones and its finish,
    not its start. `landing` are days before which an event cannot be, as though a dependency landed
    on it. `standing` are days on which an event stands whatever lands on it, pushing nothing, and
    `arriving` those on which a dependency, by its id, arrives; 0 in a trial that supposes nothing.
    """

    added: Mapping[int, Days] = field(default_factory=dict)
    landing: Mapping[Place, Days] = field(default_factory=dict)
    standing: Mapping[Place, Days] = field(default_factory=dict)
    arriving: Mapping[int, Days] = field(default_factory=dict)


NOTHING_ELSE = SupposedDays()


def schedule(works: Iterable[Work], links: Iterable[Link]) -> Schedule:
    """Put the events of these projects into order. Raises CycleError, naming the events."""
    by_id = {work.id: work for work in works}
    landing: dict[Place, list[Link]] = defaultdict(list)
    for link in sorted(links, key=lambda link: (link.code, link.id)):
        receiver = by_id.get(link.receiver)
        if receiver and link.drives and not receiver.ended:
            landing[receiver.id, link.lands_on(receiver.cancelled)].append(link)
    graph: dict[Node, list[Node]] = {}
    for work in by_id.values():
        for place, names in enumerate(work.order):
            before = [_upto(work, place - 1)] if place else []
            for name in names:
                waits = landing.get((work.id, name), ())
                sources = [node for link in waits if (node := _source(link, by_id))]
                reached = work.ended or work.events[name].reached
                graph[work.id, name, False] = [] if reached else [*before, *sources]
            graph[_upto(work, place)] = [*before, *((work.id, name, False) for name in names)]
    try:
        return Schedule(by_id, landing, ordered(graph))
    except CycleError as circle:
        events = [by_id[id].label(name) for id, name, several in circle.path if not several]
        closed = events if not circle.path[0][2] else [*events, events[0]]
        raise CycleError(closed) from None


def _upto(work: Work, place: int) -> Node:
    return work.id, place, True


def _source(link: Link, works: Mapping[int, Work]) -> Node | None:
    """Return the node of the same batch that dates the dependency, reached or not; None where none
    does."""
    giver = works.get(link.giver) if link.giver is not None else None
    if giver is None or link.given or not giver.order:
        return None
    if link.gives is None:
        return _upto(giver, len(giver.order) - 1)
    return (giver.id, link.gives, False) if link.gives in giver.events else None


def timelines(
    plan: Schedule,
    settled: Mapping[int, Timeline],
    supposed: SupposedDays = NOTHING_ELSE,
    later: Later = max,
) -> dict[int, Timeline]:
    """Return the computed day of every event, without what made it.

    `settled` holds the timelines of givers outside the batch. With arrays in `supposed` and numpy's
    maximum as `later`, all trials are computed at once.
    """
    events: dict[int, dict[EventName, Event]] = {id: {} for id in plan.works}
    every = dict(settled)
    for id, work in plan.works.items():
        every[id] = Timeline(events[id], work.cancelled, work.ended, supposed.added.get(id, 0))
    largest: dict[Node, Days] = {}  # the largest push on the events of a project up to a place
    for node in plan.order:
        id, name, several = node
        work = plan.works[id]
        if several:
            assert isinstance(name, int)  # noqa: S101  # a place
            push = largest[_upto(work, name - 1)] if name else 0
            for event in work.order[name]:
                push = later(push, events[id][event].push)
            largest[node] = push
        else:
            events[id][name] = _event(plan, work, name, every, largest, supposed, later)
    return {id: every[id] for id in plan.works}


def _event(
    plan: Schedule,
    work: Work,
    name: EventName,
    timelines: Mapping[int, Timeline],
    largest: Mapping[Node, Days],
    supposed: SupposedDays,
    later: Later,
) -> Event:
    dates, mine = work.events[name], timelines[work.id]
    declared = _declared(work, name)
    if work.ended or dates.reached:
        return Event(declared, declared, reached=dates.reached)
    as_of = work.as_of.toordinal()
    place = work.place(name)
    lengthened = mine.added if name != START and place[0] != BEFORE_START else 0
    expected = declared + lengthened
    push: Days = later(0, as_of - expected) if name == START else 0
    landing = supposed.landing.get((work.id, name))
    if landing is not None:
        push = later(push, landing - expected)
    for link in plan.landing.get((work.id, name), ()):
        on = _instead(_arrived(link, work, timelines, later), supposed.arriving.get(link.id))
        if on is not None:
            push = later(push, on + link.lag_days - expected)
    rank = work.rank(name)
    before = largest[_upto(work, rank - 1)] if rank else 0
    computed = later(expected + later(push, before), as_of)
    for event in work.holding if name == FINISH else ():
        computed = later(computed, mine.events[event].computed)
    stands = supposed.standing.get((work.id, name))
    if stands is not None:
        return Event(declared, _instead(computed, stands), push * (stands == 0))
    return Event(declared, computed, push)


def _instead(day: Days | None, other: Days | None) -> Days | None:
    """Return the other day in the trials that have one, else the day."""
    if other is None:
        return day
    return other if day is None else day + (other - day) * (other > 0)


def _arrived(
    link: Link, work: Work, timelines: Mapping[int, Timeline], later: Later
) -> Days | None:
    giver = timelines.get(link.giver) if link.giver is not None else None
    return arrival(link, giver, work.as_of.toordinal(), later).on


def _declared(work: Work, name: EventName) -> int:
    day = work.events[name].declared
    assert day is not None  # noqa: S101  # an event has a day
    return day.toordinal()


def propagate(
    works: Iterable[Work],
    links: Iterable[Link],
    settled: Mapping[int, Timeline] = {},
    supposed: SupposedDays = NOTHING_ELSE,
) -> dict[int, Timeline]:
    """Return the computed day of every event of these projects, with what made it so.

    `supposed` are days that differ from the declared ones. `settled` holds the timelines of givers
    that are not among `works`. Raises CycleError.
    """
    plan = schedule(works, links)
    batch = timelines(plan, settled, supposed)
    every = {**settled, **batch}
    return {id: _driven(plan, work, batch[id], every, supposed) for id, work in plan.works.items()}


# Of equal pushes the one on the earliest event counts, then a dependency before the clock, then the
# lowest code: (days with a minus sign, place, whether it is the clock, code, driver).
Cause: TypeAlias = tuple[int, int, bool, str, Driver]


def _driven(
    plan: Schedule,
    work: Work,
    mine: Timeline,
    timelines: Mapping[int, Timeline],
    supposed: SupposedDays,
) -> Timeline:
    if work.ended:
        return mine
    events: dict[EventName, Event] = {}
    before: list[Cause] = []  # the foremost cause so far
    for place, names in enumerate(work.order):
        pushes: list[Cause] = []
        for name in names:
            event = mine.events[name]
            if not event.reached:
                own = _pushes(plan, work, name, place, timelines, supposed)
                clock = _clock(work, event, place)
                event = replace(event, driver=_driver(event, [*before, *own, *clock]))
                pushes += own + (clock if name == START else [])
            if name == FINISH and not event.reached and event.driver is None:
                event = replace(event, driver=_held(work, event, events))
            events[name] = event
        before = [min([*before, *pushes])] if before or pushes else []
    in_order = {name: events[name] for name in mine.events}
    return replace(mine, events=in_order)


def _pushes(
    plan: Schedule,
    work: Work,
    name: EventName,
    place: int,
    timelines: Mapping[int, Timeline],
    supposed: SupposedDays,
) -> list[Cause]:
    """Return the causes that push the event itself."""
    declared = _declared(work, name)
    pushes: list[Cause] = []
    for link in plan.landing.get((work.id, name), ()):
        on = _instead(_arrived(link, work, timelines, max), supposed.arriving.get(link.id))
        if on is not None and on + link.lag_days > declared:
            pushes.append((declared - on - link.lag_days, place, False, link.code, link.id))
    return pushes


def _clock(work: Work, event: Event, place: int) -> list[Cause]:
    late = work.as_of.toordinal() - event.declared
    return [(-late, place, True, "", STATUS_DATE)] if late > 0 else []


def _driver(event: Event, causes: list[Cause]) -> Driver:
    """Return the driver of the foremost cause, where that cause explains the computed day; else
    None."""
    if not causes:
        return None
    days, *_, driver = min(causes, key=lambda cause: cause[:4])
    return driver if event.computed == event.declared - days else None


def _held(work: Work, finish: Event, events: Mapping[EventName, Event]) -> Driver:
    """Return the driver of the milestone that holds the finish back; None where none does."""
    if finish.computed == finish.declared:
        return None
    holders = (events[name] for name in work.holding)
    return next((holder.driver for holder in holders if holder.computed == finish.computed), None)
