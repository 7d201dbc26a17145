"""Gates that are to come: which moves they keep to themselves."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from projects.models import Gate, GateState
from projects.models.gate.places import kind_of, stage_of, ways_from

AHEAD = (GateState.OPEN, GateState.PLANNED)


def gates_ahead(place: Any) -> QuerySet[Gate]:
    """The gates of a project, a programme or a tranche that are planned or open from the stage in
    which it is now."""
    rows = Gate.objects.filter(**{kind_of(place): place}, state__in=AHEAD)
    return rows.filter(stage_from=stage_of(place)).order_by("state", "planned_on", "pk")


def gate_ahead(place: Any, target: str) -> Gate | None:
    """The gate that leads a place to a stage, where one is planned or open."""
    return gates_ahead(place).filter(stage_to=target).first()


def free_ways(place: Any) -> list[str]:
    """Return the stages that may follow to which no gate leads yet."""
    led = set(gates_ahead(place).values_list("stage_to", flat=True))
    return [target for _, target in ways_from(place) if target not in led]


def has_free_way(place: Any) -> bool:
    """Return whether a place may go on by another way than by a gate that is planned."""
    return bool(free_ways(place))
