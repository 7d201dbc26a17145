"""How a decision is made: by a person, or by a board with its quorum."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Coalesce

from pmhub import formats
from pmhub.access import can
from pmhub.models import Person, User
from pmhub.services import as_of, check_move, lock, person_of, refuse, refuse_state, save, turn
from programmes.models import Acknowledgement, Board, Decision
from programmes.models.decision import ELSEWHERE, TOO_FEW
from programmes.models.states import AcknowledgementState, DecisionState
from programmes.queries.board_seats import Seats, seats

PATIENCE = timedelta(days=7)  # between two times at which the same people are asked


@transaction.atomic
def make_decision(
    decision: Decision,
    *,
    outcome: str,
    decided_on: date | None = None,
    board: Board | None = None,
    present: Iterable[Person] = (),
    audience: Iterable[Person] | None = None,
    by: User | None,
    **said: Any,
) -> Decision:
    """Make a proposed decision, as the user or for a board of which `present` were there. The
    decision that it supersedes no longer holds. `audience` is asked to acknowledge it; without one,
    the people who are named already. `said` has its rationale, its consequences and when to look at
    it again."""
    check_move(lock(decision), "making")
    people = list(present)
    day = decided_on or as_of(decision)
    deputies = ""
    if board is not None:
        deputies = _check_board(decision, board, people, day).deputies_in_words
        decision.present.set(people)
    elif people:
        refuse("board", "Say which board they were there for.")
    elif decision.board is not None:
        refuse("board", f"{decision.board} was asked: name it, and say who was there.")
    if audience is not None:
        _set_audience(decision, list(audience))
    _supersede(decision, day, by=by)
    fields = {name: value for name, value in said.items() if value not in (None, "")}
    return turn(
        decision,
        noun="making",
        outcome=outcome,
        decided_on=day,
        board=board,
        deputies=deputies,
        decided_by=None if board else person_of(by),
        by=by,
        **fields,
    )


def _set_audience(decision: Decision, people: list[Person]) -> None:
    """Set the people who are asked to acknowledge a decision once it is made."""
    if text := cannot_know(decision, people):
        refuse("audience", text)
    decision.audience.set(people)


def cannot_know(decision: Decision, people: Iterable[Person]) -> str:
    """Return a sentence about those of these people who could not acknowledge a decision, since
    they do not sign in or do not see it; empty where all could."""
    without_access = [person.name for person in people if not can(person.user, "view", decision)]
    if not without_access:
        return ""
    return (
        f"Only who signs in and sees this can acknowledge it, and not {', '.join(without_access)}."
    )


def _check_board(decision: Decision, board: Board, people: Iterable[Person], day: date) -> Seats:
    """Return the seats of a board at a decision. Refuse a board of something else, and one without
    its quorum."""
    place = decision.place
    home = getattr(place, "programme", None) or place
    above = getattr(home, "portfolio", None) or getattr(place, "portfolio", None) or home
    if board.archived_at is not None or board.place not in (home, above):
        refuse("board", "This board decides about something else.")
    counted = seats(board, people, on=day, decision=decision)
    if len(counted.members) < board.quorum:
        refuse_state("present", TOO_FEW)
    return counted


def _supersede(decision: Decision, day: date, *, by: User | None) -> None:
    """Mark the decision that this one supersedes; it has to be made, and not on a later day."""
    if (old := decision.supersedes) is None:
        return
    if lock(old).state != DecisionState.MADE:
        refuse_state("supersedes", "Only a decision that was made, and still holds, is superseded.")
    if old.place != decision.place:
        refuse("supersedes", ELSEWHERE)
    if old.decided_on is not None and day < old.decided_on:
        refuse("decided_on", f"It supersedes what was decided on {formats.day(old.decided_on)}.")
    old.state = DecisionState.SUPERSEDED
    save(old, "state", by=by)


@transaction.atomic
def remind_audience(decision: Decision, *, by: User | None) -> Decision:
    """Ask again, on the status date, everybody who has not acknowledged a decision; not sooner than
    a week after they were last asked."""
    if lock(decision).state != DecisionState.MADE:
        refuse_state("state", "Nobody is asked to know of a decision that does not hold.")
    silent = decision.acknowledgements.filter(state=AcknowledgementState.ASKED)
    last = silent.aggregate(day=Max(Coalesce("asked_again_on", "asked_on")))["day"]
    if last is None:
        refuse_state("audience", "Everybody who was asked has acknowledged it.")
    if (day := as_of(decision)) < (soonest := last + PATIENCE):
        refuse_state("audience", f"They were asked on {formats.day(last)}: ask again from"
                     f" {formats.day(soonest)} on.")  # fmt: skip
    silent.update(asked_again_on=day, updated_by=by)
    return decision


def acknowledge(acknowledgement: Acknowledgement, *, by: User | None) -> Acknowledgement:
    """Record that the person who was asked has read the decision, on the status date."""
    return turn(
        acknowledgement,
        noun="reading",
        read_on=max(acknowledgement.asked_on, as_of(acknowledgement)),
        by=by,
    )
