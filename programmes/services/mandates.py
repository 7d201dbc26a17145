"""Mandates: issued by one, approved by another."""

from datetime import date

from django.db import transaction

from pmhub.access import Withheld
from pmhub.models import User
from pmhub.services import check_move, lock, on_one_side, person_of, turn
from programmes.models import ProgrammeMandate


@transaction.atomic
def issue_mandate(mandate: ProgrammeMandate, *, issued_on: date, by: User) -> ProgrammeMandate:
    """Issue a mandate on a day: from here on it stays as it is until it is returned."""
    return turn(mandate, noun="issue", issued_on=issued_on, issued_by=person_of(by), by=by)


@transaction.atomic
def approve_mandate(mandate: ProgrammeMandate, *, by: User) -> ProgrammeMandate:
    """Approve a mandate that somebody else has issued. Raises Withheld for who did."""
    check_move(lock(mandate), "approval")
    person = person_of(by)
    if person is None:
        text = "Only somebody in the directory of people can approve this."
        raise Withheld("approved_by", text)
    if on_one_side(by, mandate.issued_by_id):
        raise Withheld("approved_by", "Nobody approves what they issued.")
    return turn(mandate, noun="approval", approved_by=person, by=by)
