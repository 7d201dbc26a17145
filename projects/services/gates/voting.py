"""Opening a gate, voting at it, and deciding it by its votes."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from pmhub.models import Person, User
from pmhub.services import (
    add,
    as_of,
    check_move,
    lock,
    refuse,
    refuse_state,
    save,
    still_to_come,
    turn,
)
from programmes.models import Programme, Tranche
from programmes.models.programme import ProgrammeStage
from projects import gates
from projects.models import Gate, GateCondition, GateState, GateVote, Project
from projects.models.gate.decision_triggers import ELSEWHERE
from projects.models.gate.subjects import stage_of
from projects.queries import undone_with
from projects.services.actions import settle_actions
from projects.services.gates.blockers import check_passable
from projects.services.gates.criteria import take_criteria
from projects.services.gates.deciders import deciders_of
from projects.services.voting import voices

STRANGER = "Those who decide this gate vote, or their deputies, and nobody else."
OWN = "Who leads what the gate is of does not decide it, nor does their deputy."


@transaction.atomic
def open_gate(gate: Gate, *, by: User | None) -> Gate:
    """Open a gate: it takes the criteria of its template, and its approvers are fixed as of now."""
    place = _lock_both(gate)
    check_move(gate, "opening")
    if stage_of(place) != gate.stage_from or (isinstance(place, Project) and not place.live):
        refuse_state("stage_from", f"{ELSEWHERE} Cancel this gate, and plan another.")
    _check_goes_on(gate)
    if place.gates.filter(state=GateState.OPEN).exists():
        name = place._meta.verbose_name
        refuse_state("state", f"Another gate of this {name} is open: decide or cancel that first.")
    those = deciders_of(place, gate.stage_to)
    take_criteria(gate, level=those.level, by=by)
    gate.approvers.set(those.people)
    gate.pmo_approvers.set(those.pmo)
    return turn(
        gate,
        noun="opening",
        oversight=those.level,
        quorum=those.quorum,
        pmo_confirms=those.confirmed,
        by=by,
    )


def _lock_both(gate: Gate) -> Project | Programme | Tranche:
    """Lock the place of a gate, which is returned, and then the gate: always in this order."""
    place: Project | Programme | Tranche = lock(gate.place)
    lock(gate)
    return place


def _check_goes_on(gate: Gate) -> None:
    """Refuse a gate of a tranche whose programme has ended."""
    if gate.tranche is not None and gate.tranche.programme.has_ended:
        refuse_state("tranche", "Its programme has ended: cancel this gate.")


@transaction.atomic
def vote(  # noqa: PLR0913 - a choice, and what may be said with it
    gate: Gate,
    *,
    choice: str,
    comment: str = "",
    condition: str = "",
    due_on: date | None = None,
    owner: Person | None = None,
    actions: str = "",
    voter: Person | None = None,
    by: User | None,
) -> Gate:
    """Vote at a gate, once, for oneself or for a person who is away and lends the user their role.

    `condition` has to be met by `due_on`. The vote that completes the quorum decides the gate: by
    the strictest choice of a majority. Where that stops a programme, `actions` says what becomes of
    its open actions. `voter` is the person who voted, where votes are imported.
    """
    _lock_both(gate)
    _check_goes_on(gate)
    if gate.state != GateState.OPEN:
        refuse_state("state", "This gate is not open: nobody votes.")
    cast = voices(gate, "choice", stranger=STRANGER, own=OWN, voter=voter, by=by)
    today = as_of(gate)
    add(GateVote(gate=gate, **cast, choice=choice, comment=comment, on=today), by=by)
    if condition:
        _ask(gate, condition, due_on, owner, by=by)
    if _enough(gate):
        _decide(gate, today, actions=actions, by=by)
    return gate


def _ask(
    gate: Gate, text: str, due_on: date | None, owner: Person | None, *, by: User | None
) -> None:
    """Add a condition with its day, for the owner given or else for whoever leads the place."""
    if due_on is None:
        refuse("due_on", "Say by when the condition is to be met.")
    still_to_come("due_on", due_on, as_of=as_of(gate))
    condition = GateCondition(gate=gate, text=text, due_on=due_on, owner=owner or gate.lead)
    add(condition, by=by)


def _enough(gate: Gate) -> bool:
    """Return whether enough people have voted to decide the gate."""
    voted = set(gate.votes.values_list("person", flat=True))
    pmo = set(gate.pmo_approvers.values_list("pk", flat=True))
    of_board = voted & set(gate.approvers.values_list("pk", flat=True))
    return len(of_board) >= gate.quorum and (not pmo or bool(voted & pmo))


def _decide(gate: Gate, day: date, *, actions: str, by: User | None) -> None:
    """Decide a gate by its votes. Raises Conflict with what holds it or has no answer yet."""
    votes = list(gate.votes.all())
    gate.decision = gates.outcome([vote.choice for vote in votes])
    if gate.decision in gates.PROCEEDING:
        check_passable(gate, day)
    if gate.decision == gates.Choice.CONDITIONS and not gate.conditions.exists():
        refuse("condition", "Say under which condition it goes on, and by when that is met.")
    if gate.decision in gates.PROCEEDING and gate.stage_to == ProgrammeStage.TERMINATED:
        rows = undone_with(gate.programme, stopped=True)
        settle_actions(gate.programme, actions, rows=rows, by=by)
    gate.state, gate.decided_on = GateState.DECIDED, day
    gate.reason = "\n".join(vote.comment for vote in votes if vote.comment)
    save(gate, "state", "decision", "decided_on", "reason", by=by)
