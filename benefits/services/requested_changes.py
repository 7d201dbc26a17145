"""Asking for a change of a benefit, for those who answer for it and may not write it."""

from django.db import transaction

from benefits.models import Benefit
from pmhub.models import User
from pmhub.services import add, refuse_state
from projects.models import Action

LONGEST = 200  # characters of the title of an action


@transaction.atomic
def ask_for_change(benefit: Benefit, *, change: str, by: User | None) -> Benefit:
    """Add an action, for the manager of the programme, that says what to change. Raises Conflict
    where the programme has no manager."""
    manager = benefit.programme.programme_manager
    if manager is None:
        refuse_state("programme", "Nobody manages the programme of this benefit: ask the PMO.")
    title = f"Asked for: change {benefit.code} {benefit.title}"[:LONGEST]
    add(Action(programme=benefit.programme, owner=manager, title=title, effect=change), by=by)
    return benefit
