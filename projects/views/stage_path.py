"""The path of a project, a programme or a tranche on its page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from pmhub.access import can
from pmhub.database.past import is_past
from pmhub.page_addresses import address_of
from programmes.models import Programme, Tranche
from projects.models import Gate, GateState, Project
from projects.models.gate.subjects import FIELDS, kind_of, stage_of, ways_from
from projects.queries.stage_path import ASIDE, Step, next_step, steps_of

TONES = {
    "proceed": "green", "proceed_with_conditions": "amber", "repeat": "amber", "stop": "red",
}  # fmt: skip


def path(place: Project | Programme | Tranche, request: Any) -> dict[str, Any]:
    """Return the stages of a project, programme or tranche in their order with the gates between
    them, and the next stage. For a user who may plan a gate of a programme, add the address of the
    form."""
    kind = kind_of(place)
    gates = Gate.objects.visible_to(request.user).filter(**{kind: place.pk}).order_by("pk")
    steps = steps_of(place, gates)
    ended = stage_of(place) in ASIDE or (isinstance(place, Project) and not place.live)
    following = None if ended else next_step(steps)
    gated = following and following.value in {target for _, target in ways_from(place)}
    # On pages of projects and tranches, the panel of coming gates has the form.
    planned = following if gated and isinstance(place, Programme) else None
    return {
        "steps": [(step, [*map(_gate, step.gates)]) for step in steps],
        "aside": _aside(place),
        "next": following,
        "gated": gated,
        "plan": _plan(place, planned, request.user) if planned else "",
    }


def _gate(gate: Gate) -> dict[str, Any]:
    """Return the values of a gate that a path shows."""
    decided = gate.state == GateState.DECIDED
    return {
        "code": gate.code,
        "title": gate.title,
        "address": address_of("record", "gates", gate.pk),
        "said": gate.get_decision_display() if decided else gate.get_state_display(),
        "tone": TONES.get(gate.decision, "") if decided else "",
        "on": gate.decided_on if decided else gate.planned_on,
    }


def _aside(place: Any) -> str:
    """Return the state of a place that does not go on, in words; "" for one that does."""
    if isinstance(place, Project):
        return "" if place.status == "active" else str(place.get_status_display())
    stages = dict(place._meta.get_field(FIELDS[kind_of(place)]).choices)
    return str(stages[stage_of(place)]) if stage_of(place) in ASIDE else ""


def _plan(place: Any, step: Step, user: Any) -> str:
    """Return the address of the form that plans a gate to the next stage; "" where one is planned,
    and for a user who may not plan it."""
    where = {kind_of(place): place}
    waits = any(gate.state != GateState.DECIDED for gate in step.gates)
    if waits or is_past() or not can(user, "write", Gate(**where)):
        return ""
    parameters = {kind_of(place): place.pk, "stage_to": step.value}
    return f"{address_of('new-record', 'gates')}?{urlencode(parameters)}"


def tranches(programme: Programme, request: Any) -> dict[str, Any] | None:
    """Return the tranches of a programme as a path, in their order, each with its landing point and
    the gates at its boundaries; None where it has none."""
    rows = list(Tranche.objects.visible_to(request.user).filter(programme=programme.pk))
    if not rows:
        return None
    gates = Gate.objects.visible_to(request.user).filter(tranche__programme=programme.pk)
    held = gates.exclude(state=GateState.CANCELLED).order_by("pk")
    return {
        "tranches": [
            {
                "row": row,
                "mark": MARKS.get(row.state, "now"),
                "gates": [_gate(gate) for gate in held if gate.tranche_id == row.pk],
            }
            for row in sorted(rows, key=lambda row: (row.sequence, row.code))
        ]
    }


MARKS = {"planned": "ahead", "ended": "passed", "cancelled": "dropped"}
