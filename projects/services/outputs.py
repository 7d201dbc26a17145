"""Outputs: what a project does not deliver any more is taken out by an approved change alone."""

from __future__ import annotations

from django.db import connection, transaction

from pmhub.models import User
from pmhub.services import Conflict, check_move, lock, turn
from projects.models import ChangeRequest, ChangeState, Output
from projects.models.output import TRIAL, UNAPPROVED


def try_descoping() -> None:
    """Let outputs be descoped without an approved change until the savepoint around this is rolled
    back, as a trial is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [TRIAL])


def _tried() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '') = 'on'", [TRIAL])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def descope_output(output: Output, *, by: User | None) -> Output:
    """Take an output out of the scope. Raises Conflict where no approved change holds that."""
    check_move(lock(output), "descoping")
    held = [{"path": f"outputs/{output.pk}/descoping/"}]
    approved = ChangeRequest.objects.filter(state=ChangeState.APPROVED, writes__contains=held)
    if not approved.exists() and not _tried():
        address = "/api/v1/change-requests/"
        raise Conflict({"state": [UNAPPROVED]}, kind="change_needed", address=address)
    return turn(output, noun="descoping", by=by)
