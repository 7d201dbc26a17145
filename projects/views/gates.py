"""Gates on pages: what holds one, and the coming gates of a project or a tranche."""

from __future__ import annotations

from typing import Any

from pmhub.access import can
from pmhub.access.voters import lent_voice
from pmhub.database.collation import InOrder
from pmhub.models import Person
from pmhub.page_addresses import address_of
from pmhub.services import Conflict, as_of
from projects.models import Gate, GateState
from projects.models.gate.states import OFFICE
from projects.models.gate.subjects import STAGES, kind_of, stage_of, ways_from
from projects.queries.gates import gates_ahead, open_conditions
from projects.queries.unavailable_deciders import absent_voters, still_to_vote, unavailable_deciders
from projects.services.gates.blockers import gate_blockers
from projects.services.gates.deciders import deciders_of

LABELS = dict(STAGES)


def gate_holds(gate: Gate, request: Any) -> dict[str, Any] | None:
    """Return what holds a gate, each with the page where it is settled, and who has still to vote;
    None once the gate is decided or cancelled."""
    if gate.state not in (GateState.PLANNED, GateState.OPEN):
        return None
    stage = stage_of(gate.place)
    return {
        "held": list(gate_blockers(gate, as_of(gate))),
        "late": gate.planned_on if gate.planned_on and gate.planned_on < as_of(gate) else None,
        "elsewhere": LABELS[stage] if stage != gate.stage_from else "",
        "gate": gate,
        "open": gate.state == GateState.OPEN,
        "voice": lent_voice(request.user, gate),
        **_deciding(gate, request.user),
    }


def coming_gates(place: Any, request: Any) -> dict[str, Any] | None:
    """Return the planned and open gates of a project or a tranche, with the form of another one for
    a reader who may plan it, and the open conditions of its gates before; None where there is none
    of these."""
    may = can(request.user, "write", Gate(**{kind_of(place): place}))
    going = not getattr(place, "has_ended", False) and bool(ways_from(place))
    gates = list(gates_ahead(place)) if going else []
    plan = f"{address_of('new-record', 'gates')}?{kind_of(place)}={place.pk}"
    led = {gate.stage_to for gate in gates}
    free = [target for _, target in ways_from(place) if target not in led] if going else []
    conditions = open_conditions(place)
    if not gates and not conditions and not (may and free):
        return None
    return {
        "gates": gates,
        "plan": plan if may and free else "",
        "place": place,
        "conditions": conditions,
    }


def _deciding(gate: Gate, user: Any) -> dict[str, Any]:
    """Return who decides a gate, or would if it were opened now, and which of them cannot vote."""
    if gate.state == GateState.OPEN:
        board, pmo = (still_to_vote(gate, name) for name in ("approvers", "pmo_approvers"))
        left = gate.quorum - gate.votes.filter(person__in=gate.approvers.all()).count()
        missing = (
            gate.pmo_approvers.exists()
            and not gate.votes.filter(person__in=gate.pmo_approvers.all()).exists()
        )
        quorum = gate.quorum
    else:
        try:
            those = deciders_of(gate.place, gate.stage_to)
        except Conflict as error:
            return {"nobody": " ".join(error.messages)}
        board, pmo = (
            list(Person.objects.filter(pk__in=ids).order_by(InOrder("name"), "pk"))
            for ids in (those.people, those.pmo)
        )
        left = quorum = those.quorum
        missing = bool(those.pmo)
    cannot = unavailable_deciders([*{*board, *pmo}], gate, user)
    out = {row.person for row in cannot}
    return {
        "approvers": board, "pmo": pmo, "quorum": quorum,
        "away": absent_voters([*board, *pmo], gate),
        "unable": sorted(cannot, key=lambda row: row.person.name),
        "stuck": len({*board} - out) < left or (missing and not {*pmo} - out),
        "may_replace": gate.state == GateState.OPEN and OFFICE.offers(user, gate),
    }  # fmt: skip
