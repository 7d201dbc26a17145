"""Descoping of outputs, which only an approved change allows."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.db import transaction

from pmhub.database.deferred_checks import is_left, left_unchecked
from pmhub.models import User
from pmhub.services import Conflict, check_move, lock, turn
from projects.models import ChangeRequest, ChangeState, Output
from projects.models.output import BY_APPROVED_CHANGE, UNAPPROVED
from projects.models.states import OutputState

IN_SCOPE = BY_APPROVED_CHANGE.get_pgid(Output())


def trying_to_descope() -> AbstractContextManager[None]:
    """Return a context in which outputs may be descoped without an approved change, for trials."""
    return left_unchecked(IN_SCOPE)


def descoped_now(output: Output, by: User | None) -> list[str]:
    """Return the state "descoped" where an approved change takes the output out of the scope; else
    none."""
    held = [{"path": f"outputs/{output.pk}/descoping/"}]
    approved = ChangeRequest.objects.filter(state=ChangeState.APPROVED, writes__contains=held)
    return [OutputState.DESCOPED] if approved.exists() else []


@transaction.atomic
def descope_output(output: Output, *, by: User | None) -> Output:
    """Take an output out of the scope. Raises Conflict where no approved change does so."""
    check_move(lock(output), "descoping")
    if not descoped_now(output, by) and not is_left(IN_SCOPE):
        address = "/api/v1/change-requests/"
        raise Conflict({"state": [UNAPPROVED]}, kind="change_needed", address=address)
    return turn(output, noun="descoping", by=by)
