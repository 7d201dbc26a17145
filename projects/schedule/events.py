"""The events of a project (its start, its milestones, its finish) and their planned order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import TypeAlias

START, FINISH = "start", "finish"
EventName: TypeAlias = int | str  # the id of a milestone; START or FINISH
Place: TypeAlias = tuple[int, int]  # in the planned order: zone, and day within the zone

BEFORE_START, AT_START, BETWEEN, AT_FINISH, AFTER_FINISH = range(5)


@dataclass(frozen=True, slots=True)
class Dates:
    """The days of one event as declared; `code` is that of a milestone."""

    baseline: date | None = None
    forecast: date | None = None
    actual: date | None = None
    code: str = ""

    @property
    def declared(self) -> date | None:
        """The actual day, else the forecast, else the baseline."""
        return self.actual or self.forecast or self.baseline

    @property
    def reached(self) -> bool:
        """Return whether the event has happened."""
        return self.actual is not None


@dataclass(frozen=True)
class Work:
    """A project as declared. `milestones` and `cancelled` are by id; `ended` is "closed",
    "terminated" or "" while the project is live; `as_of` is its status date."""

    id: int
    start: Dates
    finish: Dates
    as_of: date
    milestones: Mapping[int, Dates] = field(default_factory=dict)
    cancelled: frozenset[int] = frozenset()
    ended: str = ""
    code: str = ""

    @cached_property
    def events(self) -> dict[EventName, Dates]:
        """The events with a day, by name. A terminated project never finishes: its `finish.actual`,
        the day on which it stopped, is left out."""
        finish = self.finish
        if self.ended == "terminated":
            finish = Dates(finish.baseline, finish.forecast)
        events: dict[EventName, Dates] = {START: self.start, FINISH: finish}
        events |= dict(self.milestones.items())
        return {name: event for name, event in events.items() if event.declared is not None}

    @cached_property
    def order(self) -> list[list[EventName]]:
        """The groups of events in planned order; events without an order among each other share a
        group."""
        names = sorted(self.events, key=self.place)
        return [list(group) for _, group in groupby(names, self.place)]

    def place(self, name: EventName) -> Place:
        """Return where an event stands in the planned order.

        By baseline day; on the same day the start first, the finish last. A milestone without a
        baseline day stands between start and finish, by its forecast.
        """
        if name == START:
            return AT_START, 0
        if name == FINISH:
            return AT_FINISH, 0
        dates = self.events[name]
        planned, start, finish = dates.baseline, self.start.baseline, self.finish.baseline
        if planned and start and planned < start:
            zone = BEFORE_START
        elif planned and finish and planned > finish:
            zone = AFTER_FINISH
        else:
            zone = BETWEEN
        day = planned or dates.forecast or dates.actual
        return zone, day.toordinal() if day else 0

    @cached_property
    def _ranks(self) -> dict[EventName, int]:
        return {name: rank for rank, group in enumerate(self.order) for name in group}

    def rank(self, name: EventName) -> int:
        """Return the number of groups of events before that of the event in the planned order."""
        return self._ranks[name]

    @cached_property
    def holding(self) -> list[EventName]:
        """The milestones without which the project does not finish: their baseline day is not after
        that of the finish."""
        last = self.finish.baseline
        return [
            name
            for group in self.order
            for name in group
            if name not in (START, FINISH)
            and (day := self.events[name].baseline)
            and last
            and day <= last
        ]

    def label(self, name: EventName) -> str:
        """Return the event in words: the project's code, with the milestone's code or "start" or
        "finish"."""
        return f"{self.code} {self.events[name].code or name}"


def days_between(later: date | None, earlier: date | None) -> int | None:
    """Calendar days from the earlier to the later date; None when either is unknown."""
    return None if later is None or earlier is None else (later - earlier).days
