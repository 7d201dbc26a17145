"""Mandates: issued by one, approved by another."""

from datetime import date

from django.db import transaction

from pmhub.models import User
from pmhub.services import check_move, judge_of, lock, person_of, turn
from programmes.models import ProgrammeMandate
from programmes.models.mandate import OWN


@transaction.atomic
def issue_mandate(mandate: ProgrammeMandate, *, issued_on: date, by: User) -> ProgrammeMandate:
    """Issue a mandate on a day: from now on it does not change until it is returned."""
    return turn(mandate, noun="issue", issued_on=issued_on, issued_by=person_of(by), by=by)


@transaction.atomic
def approve_mandate(mandate: ProgrammeMandate, *, by: User) -> ProgrammeMandate:
    """Approve a mandate that somebody else has issued. Raises Withheld for a user who issued it or
    leads the programme."""
    check_move(lock(mandate), "approval")
    person = judge_of(mandate, "approved_by", "approves a mandate", by, own=OWN)
    return turn(mandate, noun="approval", approved_by=person, by=by)
