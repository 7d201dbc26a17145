"""What still holds a gate, for its page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from pmhub.models import Person
from pmhub.services import as_of
from projects.models import Gate, GateState
from projects.models.gate.places import STAGES, stage_of
from projects.services.gates.passing import against, undecided_exceptions

LABELS = dict(STAGES)


def holds(gate: Gate, request: Any) -> dict[str, Any] | None:
    """Return what holds a gate that is not decided, each as a sentence, and who has still to vote;
    None once it is over."""
    if gate.state not in (GateState.PLANNED, GateState.OPEN):
        return None
    stage = stage_of(gate.place)
    voted = gate.votes.values("person")
    return {
        "held": list(against(gate, as_of(gate))),
        "exceptions": undecided_exceptions(gate).visible_to(request.user),
        "late": gate.planned_on if gate.planned_on and gate.planned_on < as_of(gate) else None,
        "elsewhere": LABELS[stage] if stage != gate.stage_from else "",
        "gate": gate,
        "approvers": _names(gate.approvers.exclude(pk__in=voted)),
        "pmo": _names(gate.pmo_approvers.exclude(pk__in=voted)),
        "by_pmo": gate.pmo_approvers.exists(),
        "open": gate.state == GateState.OPEN,
    }


def _names(people: QuerySet[Person]) -> str:
    return ", ".join(people.order_by("name").values_list("name", flat=True))
