"""What makes a programme finish when it does, event by event."""

from collections.abc import Mapping
from dataclasses import dataclass

from projects.schedule.events import FINISH, EventName
from projects.schedule.links import Link
from projects.schedule.timeline import Driver, Timeline, dating_event


@dataclass(frozen=True, slots=True)
class Step:
    """An event of a project and what made its day: the id of a dependency, the status date, or
    None where it is as declared."""

    project: int
    event: EventName
    driver: Driver


def last_to_finish(timelines: Mapping[int, Timeline], codes: Mapping[int, str]) -> int | None:
    """The project that finishes last, of equals the one with the lowest code; a terminated one
    never finishes."""
    ends = [
        (-finish.toordinal(), codes[id], id)
        for id, timeline in timelines.items()
        if timeline.ended != "terminated" and id in codes and (finish := timeline.finish)
    ]
    return min(ends)[2] if ends else None


def critical_chain(
    project: int, timelines: Mapping[int, Timeline], links: Mapping[int, Link]
) -> list[Step]:
    """The chain that ends with the project's finish: an event, what drives it, the giver's event
    that this dependency follows, and so on. `links` are dependencies by id."""
    steps: list[Step] = []
    at: tuple[int, EventName] | None = (project, FINISH)
    while at and at[0] in timelines and at[1] in timelines[at[0]].events:
        id, name = at
        driver = timelines[id].events[name].driver
        steps.append(Step(id, name, driver))
        link = links.get(driver) if isinstance(driver, int) else None
        at = _before(link, timelines) if link else None
    return steps


def _before(link: Link, timelines: Mapping[int, Timeline]) -> tuple[int, EventName] | None:
    """The giver's event that dates the dependency."""
    if link.giver is None:
        return None
    event = dating_event(link, timelines.get(link.giver))
    return None if event is None else (link.giver, event)
