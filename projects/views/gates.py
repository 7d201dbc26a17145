"""Gates on pages: what still holds one, and those that a place has ahead."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from pmhub.access import can
from pmhub.addresses import address_of
from pmhub.models import Person
from pmhub.services import as_of
from projects.models import Gate, GateState
from projects.models.gate.places import STAGES, kind_of, stage_of, ways_from
from projects.queries.gates import gates_ahead
from projects.services.gates.passing import against

LABELS = dict(STAGES)


def holds(gate: Gate, request: Any) -> dict[str, Any] | None:
    """Return what holds a gate that is not decided, with where that is settled, and who has still
    to vote; None once it is over."""
    if gate.state not in (GateState.PLANNED, GateState.OPEN):
        return None
    stage = stage_of(gate.place)
    voted = gate.votes.values("person")
    return {
        "held": list(against(gate, as_of(gate))),
        "late": gate.planned_on if gate.planned_on and gate.planned_on < as_of(gate) else None,
        "elsewhere": LABELS[stage] if stage != gate.stage_from else "",
        "gate": gate,
        "approvers": _names(gate.approvers.exclude(pk__in=voted)),
        "pmo": _names(gate.pmo_approvers.exclude(pk__in=voted)),
        "by_pmo": gate.pmo_approvers.exists(),
        "open": gate.state == GateState.OPEN,
    }


def ahead(place: Any, request: Any) -> dict[str, Any] | None:
    """Return the gates that are planned or open of a project or a tranche, and where another is
    planned by who may; None where there is neither."""
    may = can(request.user, "write", Gate(**{kind_of(place): place}))
    going = not getattr(place, "has_ended", False) and bool(ways_from(place))
    found = list(gates_ahead(place)) if going else []
    plan = f"{address_of('new-record', 'gates')}?{kind_of(place)}={place.pk}"
    led = {gate.stage_to for gate in found}
    free = [target for _, target in ways_from(place) if target not in led] if going else []
    if not found and not (may and free):
        return None
    return {"gates": found, "plan": plan if may and free else "", "place": place}


def _names(people: QuerySet[Person]) -> str:
    return ", ".join(people.order_by("name").values_list("name", flat=True))
