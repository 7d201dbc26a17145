"""The path of a project, a programme or a tranche: its stages in their order, where it stands, and
the gates between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pmhub.database.history import events_of
from programmes.models import Programme
from programmes.models.states import ProgrammeStage, TrancheState
from projects.models import Gate, GateState
from projects.models.gate.subjects import kind_of, stage_of
from projects.stages import ProjectStage

P, T = ProgrammeStage, TrancheState
PATHS: dict[str, tuple[Any, ...]] = {
    "project": tuple(ProjectStage),
    "programme": (P.IDENTIFY, P.DESIGN, P.PLAN, P.DELIVER, P.EMBED, P.EVALUATE, P.CLOSE, P.CLOSED),
    "tranche": (T.PLANNED, T.AUTHORISED, T.IN_DELIVERY, T.EMBEDDING, T.ENDED),
}
# The states in which a place is outside its path, or goes no further on it.
ASIDE = {P.PAUSED, P.TERMINATED, T.CANCELLED}


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of a path: its state (`passed`, `now` or `ahead`), and the gates that decided, or are
    to decide, whether it begins."""

    value: str
    label: str
    mark: str
    gates: Sequence[Gate]


def steps_of(place: Any, gates: Iterable[Gate]) -> list[Step]:
    """Return the steps of a place; `gates` are those that may be shown. A gate that leads back to
    an earlier stage is shown at that stage."""
    to: dict[str, list[Gate]] = defaultdict(list)
    for gate in gates:
        if gate.state != GateState.CANCELLED:
            to[gate.stage_to].append(gate)
    stages = PATHS[kind_of(place)]
    stood = stage_before(place) if stage_of(place) in ASIDE else stage_of(place)
    now = stages.index(stood) if stood in stages else -1
    last = len(stages) - 1
    return [
        Step(str(stage), str(stage.label), mark_of(at, now, last), to[str(stage)])
        for at, stage in enumerate(stages)
    ]


def mark_of(at: int, now: int, last: int) -> str:
    """Return the state of a step by its place on the path; at the last stage all are passed."""
    if at < now or at == now == last:
        return "passed"
    return "now" if at == now else "ahead"


def stage_before(place: Any) -> str:
    """Return the stage of the path in which a place stood last, before it was paused or stopped."""
    field = "stage" if isinstance(place, Programme) else "state"
    before = events_of(type(place)).objects.filter(id=place.pk)
    past = before.exclude(**{f"{field}__in": ASIDE}).order_by("-pgh_id")
    return past.values_list(field, flat=True).first() or ""


def next_step(steps: Sequence[Step]) -> Step | None:
    """Return the stage that is next; None where there is none."""
    return next((step for step in steps if step.mark == "ahead"), None)
