"""The stages of projects as rows: how each stands, and the gate at which it began."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from pmhub.database.collation import InOrder
from projects.models import Gate, GateState, Project
from projects.models.gate.decision_triggers import Decided
from projects.queries.stage_path import PATHS, mark_of

PATH = PATHS["project"]
LETS_ON = {Decided.PROCEED, Decided.CONDITIONS}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a project: its place on the path, and whether it is `passed`, the one of `now` or
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
class Bounds:
    """When a stage began and ended, by the gates at which that was decided; and the gate at which
    its begin was or is to be decided."""

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


def bounds_of(stages: Sequence[Stage], user: Any) -> list[Bounds]:
    """Return the bounds of each stage, by the gates that a user sees; in one query."""
    rows = Gate.objects.visible_to(user).filter(project__in={stage.project for stage in stages})
    to: dict[tuple[int, str], Gate] = {}
    over: dict[tuple[int, str], list[date]] = defaultdict(list)
    for gate in rows.exclude(state=GateState.CANCELLED).order_by("pk"):
        to[gate.project_id, gate.stage_to] = gate
        if gate.decision in LETS_ON and gate.decided_on:
            over[gate.project_id, gate.stage_from].append(gate.decided_on)
    return [_bounds(stage, to.get((stage.project, stage.value)), over) for stage in stages]


def _bounds(stage: Stage, gate: Gate | None, over: Any) -> Bounds:
    left = over[stage.project, stage.value] if stage.state == "passed" else []
    if gate is None:
        return Bounds(None, max(left, default=None), None, None)
    entered = gate.decided_on if stage.state != "ahead" and gate.decision in LETS_ON else None
    return Bounds(entered, max(left, default=None), gate.planned_on, gate.pk)
