"""Gates that are still to come, and the stages that only they lead to."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from pmhub.database.statements import ID, NAMES, Rows
from projects.models import ConditionState, Gate, GateCondition, GateState
from projects.models.gate.subjects import kind_of, stage_of, ways_from
from projects.queries import is_lapsed

AHEAD = (GateState.OPEN, GateState.PLANNED)


def _led(kind: str) -> Rows[str]:
    """Return a statement for the stages to which undecided gates lead from a stage of a place."""
    return Rows(
        lambda: Gate.objects.filter(
            **{kind: ID}, state__in=AHEAD, stage_from__in=[NAMES]
        ).values_list("stage_to", flat=True)
    )


LED = {kind: _led(kind) for kind in ("project", "programme", "tranche")}


def gates_ahead(place: Any) -> QuerySet[Gate]:
    """Return the gates of a project, a programme or a tranche that are planned or open and lead
    from its present stage."""
    rows = Gate.objects.filter(**{kind_of(place): place}, state__in=AHEAD)
    return rows.filter(stage_from=stage_of(place)).order_by("state", "planned_on", "pk")


def gate_ahead(place: Any, target: str) -> Gate | None:
    """Return the planned or open gate that leads a place to a stage; None where there is none."""
    return gates_ahead(place).filter(stage_to=target).first()


def open_conditions(place: Any) -> list[GateCondition]:
    """Return the conditions of the gates of a project, a programme or a tranche that are not met,
    each with whether it has `late` lapsed, in the order of their days."""
    rows = GateCondition.objects.filter(**{f"gate__{kind_of(place)}": place})
    rows = rows.filter(state=ConditionState.OPEN).select_related("owner")
    return list(rows.annotate(late=is_lapsed()).order_by("due_on", "pk"))


def free_ways(place: Any) -> list[str]:
    """Return the possible next stages of a place to which no gate is planned or open."""
    ways = [target for _, target in ways_from(place)]
    led = set(LED[kind_of(place)](names=[stage_of(place)], id=place.pk)) if ways else set()
    return [target for target in ways if target not in led]


def has_free_way(place: Any) -> bool:
    """Return whether a place has a possible next stage to which no gate is planned or open."""
    return bool(free_ways(place))
