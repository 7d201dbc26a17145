"""What makes a programme finish when it does, event by event."""

from collections.abc import Mapping
from dataclasses import dataclass

from projects.schedule.events import FINISH, EventName
from projects.schedule.links import Link
from projects.schedule.timeline import Driver, Timeline, dating_event


@dataclass(frozen=True, slots=True)
class Step:
    """An event of a project, with what made its day: the id of a dependency, the status date, or
    None for a declared day."""

    project: int
    event: EventName
    driver: Driver


def last_to_finish(timelines: Mapping[int, Timeline], codes: Mapping[int, str]) -> int | None:
    """Return the project that finishes last, the one with the lowest code where several do; a
    terminated project never finishes."""
    ends = [
        (-finish.toordinal(), codes[id], id)
        for id, timeline in timelines.items()
        if timeline.ended != "terminated" and id in codes and (finish := timeline.finish)
    ]
    return min(ends)[2] if ends else None


def critical_chain(
    project: int, timelines: Mapping[int, Timeline], links: Mapping[int, Link]
) -> list[Step]:
    """Return the chain of events that leads to the finish of a project, from the finish backwards:
    each event waits for the next one, the event of the giver that its dependency follows. `links`
    are the dependencies by id."""
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
    """Return the project and the event of the giver that date the dependency; None where no event
    does."""
    if link.giver is None:
        return None
    event = dating_event(link, timelines.get(link.giver))
    return None if event is None else (link.giver, event)
