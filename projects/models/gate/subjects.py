"""The subjects of gates and the moves that gates decide: the stages of a project or a programme,
and the boundaries of a tranche."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from programmes.models.states import (
    BOUNDARIES,
    DECIDED_AT_GATES,
    ProgrammeStage,
    TrancheState,
)
from projects.models.states import BACK, NEXT
from projects.stages import ProjectStage

# The moves (from, to) that a gate decides, by kind of place.
MOVES: dict[str, tuple[tuple[str, str], ...]] = {
    "project": (*NEXT.items(), *BACK.items()),
    "programme": DECIDED_AT_GATES,
    "tranche": tuple(BOUNDARIES.items()),
}
PLACES = tuple(MOVES)
# The field with the stage, by kind of place.
FIELDS = {"project": "stage", "programme": "stage", "tranche": "state"}
# The paths from a gate to the people who lead its place, and so never decide it.
LEADS = (
    "project__project_manager",
    "programme__programme_manager",
    "tranche__programme__programme_manager",
)
# All stages of all kinds of places, each once.
STAGES = list(
    {
        str(value): label
        for stages in (ProjectStage, ProgrammeStage, TrancheState)
        for value, label in stages.choices
    }.items()
)


def is_decided() -> Q:
    """Return the condition that a gate leads from one stage to another by a move that its subject
    has."""
    led = Q()
    for place, moves in MOVES.items():
        for source, target in moves:
            led |= Q(**{f"{place}__isnull": False}, stage_from=str(source), stage_to=str(target))
    return led


def kind_of(place: Any) -> str:
    """Return "project", "programme" or "tranche" for a place."""
    return str(place._meta.model_name)


def stage_of(place: Any) -> str:
    """Return the stage that a project, a programme or a tranche is in."""
    return str(getattr(place, FIELDS[kind_of(place)]))


def ways_from(place: Any) -> list[tuple[str, str]]:
    """Return the moves (from, to) that a gate of a project, a programme or a tranche may decide
    now, the usual next one first. The gate at the end of a tranche may be planned before the
    tranche has come to it."""
    kind, stage = kind_of(place), stage_of(place)
    if kind == "tranche" and stage in (TrancheState.AUTHORISED, TrancheState.IN_DELIVERY):
        stage = TrancheState.EMBEDDING
    return [(str(source), str(target)) for source, target in MOVES[kind] if source == stage]
