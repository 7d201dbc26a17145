"""Where the events of a project really stand, as numbers of days since year 1.

A day is a whole number, or in a simulation an array of one number a draw.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from projects.schedule.events import FINISH, START, EventName
from projects.schedule.links import Link

Days: TypeAlias = Any  # int, or numpy's array of int
Later: TypeAlias = Callable[[Days, Days], Days]  # the later of two: max, or numpy's maximum
STATUS_DATE = "status_date"
Driver: TypeAlias = int | str | None  # the id of a dependency, or STATUS_DATE


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a project: its declared and its computed day, by how many days dependencies push
    it, whether it is reached, and what made its computed day."""

    declared: int
    computed: Days
    push: Days = 0
    reached: bool = False
    driver: Driver = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events of a project by name. `ended` is "closed", "terminated" or ""; `added` are days
    by which a simulation lengthens the project's work."""

    events: Mapping[EventName, Event] = field(default_factory=dict)
    cancelled: frozenset[int] = frozenset()
    ended: str = ""
    added: Days = 0

    def day(self, name: EventName) -> date | None:
        """The computed day of an event; None where it takes no part."""
        event = self.events.get(name)
        return date.fromordinal(event.computed) if event else None

    def declared_day(self, name: EventName) -> date | None:
        """The declared day of an event; None where it takes no part."""
        event = self.events.get(name)
        return date.fromordinal(event.declared) if event else None

    @property
    def start(self) -> date | None:
        """The computed start."""
        return self.day(START)

    @property
    def finish(self) -> date | None:
        """The computed finish."""
        return self.day(FINISH)

    @property
    def declared_finish(self) -> date | None:
        """The declared finish."""
        return self.declared_day(FINISH)

    @property
    def hidden_delay_days(self) -> int | None:
        """Days from the declared to the computed finish."""
        event = self.events.get(FINISH)
        return event.computed - event.declared if event else None

    @property
    def driver(self) -> Driver:
        """Return what made the computed finish: the id of a dependency, the status date, or
        None."""
        event = self.events.get(FINISH)
        return event.driver if event else None

    def as_json(self) -> dict[str, Any]:
        """The timeline as plain values, days as text."""
        return {
            "ended": self.ended,
            "cancelled": sorted(self.cancelled),
            "events": [
                {
                    "event": name,
                    "declared": date.fromordinal(event.declared).isoformat(),
                    "computed": date.fromordinal(event.computed).isoformat(),
                    "push": event.push,
                    "reached": event.reached,
                    "driver": event.driver,
                }
                for name, event in sorted(self.events.items(), key=_in_turn)
            ],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Timeline":
        """The timeline that `as_json` wrote."""
        return cls(
            {
                event["event"]: Event(
                    date.fromisoformat(event["declared"]).toordinal(),
                    date.fromisoformat(event["computed"]).toordinal(),
                    event["push"],
                    event["reached"],
                    event["driver"],
                )
                for event in stored["events"]
            },
            frozenset(stored["cancelled"]),
            stored["ended"],
        )


def _in_turn(item: tuple[EventName, Event]) -> tuple[int, int]:
    """Return the sort key by which the start comes first, then milestones by id, then the
    finish."""
    name = item[0]
    return (1, name) if isinstance(name, int) else (0 if name == START else 2, 0)


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a dependency arrives, before its lag; `on` is None where the day is not known or, with
    `will_not_come`, where it never arrives. `reached` says that the giver's event has happened."""

    on: Days | None
    reached: bool = False
    will_not_come: bool = False


def arrival(link: Link, giver: Timeline | None, as_of: int, later: Later = max) -> Arrival:
    """Return when a dependency arrives, by what its giver has declared and by the giver's computed
    timeline.

    A giver without a known timeline holds nobody back, except by a day that it has promised.
    """
    if link.given:
        return Arrival(_number(link.given_on))
    if link.giver is None:
        return Arrival(_not_before(as_of, _number(link.forecast_on), later))
    giver = giver or Timeline()
    event = giver.events.get(link.gives) if link.gives is not None else None
    if event and event.reached:
        return Arrival(event.computed, reached=True)
    if giver.ended or link.giver_milestone in giver.cancelled:
        return Arrival(None, will_not_come=True)
    if link.gives is not None:
        return Arrival(event.computed if event else None)
    return Arrival(_not_before(as_of, _promised(link, giver, later), later))


def _promised(link: Link, giver: Timeline, later: Later) -> Days:
    """Return a promised day, moved by the largest push on the giver's events up to that day. A
    promise on or after the declared finish takes delays into account already: it is only never
    before the computed finish."""
    promised, finish = _number(link.forecast_on), giver.events.get(FINISH)
    assert promised is not None  # noqa: S101  # a promise has its day
    if finish and promised >= finish.declared:
        return later(promised, finish.computed)
    push: Days = 0
    for event in giver.events.values():
        if event.declared <= promised:
            push = later(push, event.push)
    return promised + push + giver.added


def dating_event(link: Link, giver: Timeline | None) -> EventName | None:
    """Return the event of the giver that dates the dependency; None where a delivery or a promise
    alone dates it."""
    if giver is None or link.given or giver.ended:
        return None
    if link.gives is not None:
        return link.gives if link.gives in giver.events else None
    promised, finish = _number(link.forecast_on) or 0, giver.events.get(FINISH)
    if finish and promised >= finish.declared:
        return FINISH if finish.computed > promised else None
    pushed = [
        (-event.push, event.declared, str(name), name)
        for name, event in giver.events.items()
        if event.push > 0 and event.declared <= promised
    ]
    return min(pushed)[3] if pushed else None


def _number(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def _not_before(as_of: int, day: Days | None, later: Later) -> Days | None:
    return None if day is None else later(day, as_of)
