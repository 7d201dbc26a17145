"""Referring a risk or an issue to a board, which decides what is done about it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from pmhub.models import Person, User
from pmhub.services import add, follow, lock, person_of, refuse, refuse_state
from programmes.models import Board, Decision, Portfolio, Programme
from programmes.models.states import DecisionState
from programmes.services.decisions import cannot_know
from projects.models import Issue, IssueState, Risk, RiskStatus

TITLE = 200  # characters
REFERRED: dict[Any, tuple[str, ...]] = {
    Risk: (RiskStatus.OPEN,),
    Issue: (IssueState.RAISED, IssueState.IN_PROGRESS),
}


@transaction.atomic
def refer_to_board(
    matter: Risk | Issue, *, board: Board, question: str, options: str = "", by: User | None
) -> Decision:
    """Ask a board what is done about a risk or an issue, and return the question: a proposed
    decision. The record stays where it is and counts as before. Its owner and the user are asked
    to acknowledge the decision once it is made. The user follows the question, and so hears of one
    that the board gives back undecided."""
    name, state = str(matter._meta.model_name), matter.lifecycles[0].field
    if getattr(lock(matter), state) not in REFERRED[type(matter)]:
        refuse_state(state, f"Only an open {name} that is handled here is referred to a board.")
    if board.archived_at is not None or board.place not in places_above(matter):
        refuse("board", "This board decides about something else.")
    about: dict[str, Any] = {name: matter}
    if Decision.objects.filter(**about, board=board, state=DecisionState.PROPOSED).exists():
        refuse_state("board", f"{board} is asked about this {name} already.")
    place = {"project": matter.project, "programme": matter.programme}
    decision = Decision(
        **place, **about, board=board, title=str(matter)[:TITLE], question=question, options=options
    )
    add(decision, by=by)
    follow(decision, by)
    decision.audience.set(_who_hears(decision, matter.owner, person_of(by)))
    return decision


def places_above(matter: Risk | Issue) -> tuple[Programme | None, Portfolio | None]:
    """Return the programme and the portfolio whose boards decide about a risk or an issue."""
    if matter.project is not None:
        return matter.project.programme, matter.project.owner_portfolio
    return matter.programme, matter.programme.portfolio if matter.programme else None


def _who_hears(decision: Decision, *people: Person | None) -> set[Person]:
    """Return those of these people who can acknowledge a decision."""
    return {person for person in people if person and not cannot_know(decision, [person])}
