"""The stages of projects as rows: the state of each, and the gate at which it began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from pmhub.database.collation import InOrder
from projects.models import Gate, GateState, Project
from projects.models.gate.decision_triggers import GateDecision
from projects.queries.stage_path import PATHS, mark_of

PATH = PATHS["project"]
LETS_ON = {GateDecision.PROCEED, GateDecision.CONDITIONS}

Key = tuple[int | None, str]  # a project and a stage


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a project, with its place on the path and its state: `passed`, `now` or
    `ahead`."""

    project: int
    code: str
    name: str
    at: int
    state: str

    @property
    def value(self) -> str:
        """Return the stage as REST names it."""
        return str(PATH[self.at])


@dataclass(frozen=True, slots=True)
class StageBounds:
    """When a stage began and ended, by the gates that decided that, and the gate that decided, or
    is to decide, its begin."""

    entered_on: date | None
    left_on: date | None
    planned_on: date | None
    gate: int | None


def stages_of(projects: QuerySet[Project]) -> list[Stage]:
    """Return the stages of projects, those of a project in their order."""
    rows = projects.order_by(InOrder("code"), "pk").values_list("pk", "code", "name", "stage")
    places = {str(stage): place for place, stage in enumerate(PATH)}
    return [
        Stage(pk, code, name, at, mark_of(at, places[stage], len(PATH) - 1))
        for pk, code, name, stage in rows
        for at in range(len(PATH))
    ]


def bounds_of(stages: Sequence[Stage], user: Any) -> list[StageBounds]:
    """Return the bounds of each stage, by the gates that a user sees, in one query. Of several
    gates to a stage, the last that let the project on gives the day of entry; of those still to be
    decided the first counts."""
    rows = Gate.objects.visible_to(user).filter(project__in={stage.project for stage in stages})
    entered: dict[Key, Gate] = {}
    ahead: dict[Key, Gate] = {}
    left: dict[Key, date] = {}
    for gate in rows.exclude(state=GateState.CANCELLED).order_by("decided_on", "pk"):
        if gate.decision in LETS_ON and gate.decided_on:
            entered[gate.project_id, gate.stage_to] = gate
            left[gate.project_id, gate.stage_from] = gate.decided_on
        elif gate.decided_on is None:
            ahead.setdefault((gate.project_id, gate.stage_to), gate)
    return [_bounds(stage, entered, ahead, left) for stage in stages]


def _bounds(
    stage: Stage, entered: Mapping[Key, Gate], ahead: Mapping[Key, Gate], left: Mapping[Key, date]
) -> StageBounds:
    key = stage.project, stage.value
    gate = (ahead if stage.state == "ahead" else entered).get(key)
    return StageBounds(
        gate.decided_on if gate else None,
        left.get(key) if stage.state == "passed" else None,
        gate.planned_on if gate else None,
        gate.pk if gate else None,
    )
