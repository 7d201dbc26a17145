"""Gates that are to come: which moves they keep to themselves."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from pmhub.database.statements import ID, NAMES, Rows
from projects.models import Gate, GateState
from projects.models.gate.subjects import kind_of, stage_of, ways_from

AHEAD = (GateState.OPEN, GateState.PLANNED)


def _led(kind: str) -> Rows[str]:
    """Return a statement for the stages to which gates lead from a stage of a place."""
    return Rows(
        lambda: Gate.objects.filter(
            **{kind: ID}, state__in=AHEAD, stage_from__in=[NAMES]
        ).values_list("stage_to", flat=True)
    )


LED = {kind: _led(kind) for kind in ("project", "programme", "tranche")}


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
    ways = [target for _, target in ways_from(place)]
    led = set(LED[kind_of(place)](names=[stage_of(place)], id=place.pk)) if ways else set()
    return [target for target in ways if target not in led]


def has_free_way(place: Any) -> bool:
    """Return whether a place may go on by another way than by a gate that is planned."""
    return bool(free_ways(place))
