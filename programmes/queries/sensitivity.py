"""What a programme's finish hangs on, by record: float and drag, as a worker has stored them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from programmes.models import Programme
from programmes.queries import ranges
from projects.schedule import EventName
from projects.simulation import Sensitivity

CURRENT, UPDATING = "current", "updating"


@dataclass(frozen=True, slots=True)
class FloatAndDrag:
    """Floats by project and event, and drags by the id of the record, in days. `state` says whether
    they are of the present facts (`current`), of those before the last change (`updating`), or why
    there are none; `finish` is the finish from which they are computed."""

    state: str
    finish: date | None = None
    floats: Mapping[tuple[int, EventName], int | None] = field(default_factory=dict)
    dependencies: Mapping[int, int] = field(default_factory=dict)
    milestones: Mapping[int, int] = field(default_factory=dict)
    projects: Mapping[int, int] = field(default_factory=dict)

    def of_event(self, project: int, event: EventName) -> dict[str, int | bool | None]:
        """Return the float of an event; `waits` is False where the finish does not wait for it at
        all."""
        place = project, event
        days = self.floats.get(place)
        return {"float_days": days, "waits": None if place not in self.floats else days is not None}


NOTHING_KNOWN = FloatAndDrag(UPDATING)


def float_and_drag_of(programme: Programme, at: datetime | None = None) -> FloatAndDrag:
    """Return the floats and drags of a programme as last simulated, or as they were at a past
    moment."""
    if at is not None:
        return _by_record(ranges.ranges_at(programme, at)[1].sensitivity, CURRENT)
    state = ranges.ranges_state(programme.pk)
    latest = ranges.latest_ranges(state)
    if latest is None:
        return NOTHING_KNOWN
    return _by_record(latest.sensitivity, CURRENT if state.current else UPDATING)


def _by_record(result: Sensitivity | str, state: str) -> FloatAndDrag:
    if isinstance(result, str):
        return FloatAndDrag(result)
    return FloatAndDrag(
        state,
        result.finish,
        {(slack.project, slack.event): slack.days for slack in result.floats},
        *(
            {drag.id: drag.days for drag in drags}
            for drags in (result.dependencies, result.milestones, result.projects)
        ),
    )
