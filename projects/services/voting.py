"""Casting a vote: one's own, or that of a person who is away."""

from __future__ import annotations

from typing import Any

from pmhub.access import Withheld
from pmhub.access.separation_of_duties import check_apart
from pmhub.access.voters import voice_of
from pmhub.models import Person, User
from pmhub.services import person_of, refuse_state


def voices(
    row: Any,
    field: str,
    *,
    stranger: str,
    own: str,
    voter: Person | None = None,
    by: User | None,
) -> dict[str, Person | None]:
    """Return the person whose vote the user casts about a row, and the deputy who casts it. Raises
    Withheld for a user who decides nothing there (message `stranger`) or has a part in it (message
    `own`), and Conflict for a second vote. `voter` is the person who voted, where votes are
    imported."""
    actor = voter or person_of(by)
    person = voter or voice_of(by, row)
    if actor is None or person is None or not row.approved_by(person):
        raise Withheld(field, stranger)
    if voter is None:
        check_apart(by, row, field, own)
    if row.has_vote_of(actor):
        refuse_state(field, "You have voted already.")
    if row.has_vote_of(person):
        refuse_state(field, f"{person} has voted already.")
    return {"person": person, "deputy": None if person == actor else actor}
