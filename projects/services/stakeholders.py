"""The verbs of communications: recording one as sent plans the next, if it repeats."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from pmhub.models import User
from pmhub.services import add, lock, turn
from projects.models import Communication, Stakeholder
from projects.models.communication import PLACES as SAID_IN
from projects.models.stakeholder import PLACES
from projects.services.codes import code_beside

REPEATED = ("title", "message", "channel", "owner", "repeats_every")


@transaction.atomic
def send_communication(
    communication: Communication, *, sent_on: date, by: User | None, **said: Any
) -> Communication:
    """Record that a communication was sent. One that repeats is planned again, for its next day
    after this one, unless its project or programme has ended."""
    sent = turn(communication, noun="sending", sent_on=sent_on, by=by, **said)
    if sent.repeats_every and not _place(sent).has_ended:
        _plan_next(sent, by=by)
    return sent


def next_stakeholder_code(stakeholder: Stakeholder) -> str:
    """Return the code after those of the stakeholders in the same place."""
    return code_beside(stakeholder, PLACES, "S01")


def next_communication_code(communication: Communication) -> str:
    """Return the code after those of the communications in the same place."""
    return code_beside(communication, SAID_IN, "C01")


def _place(sent: Communication) -> Any:
    """Return the project, programme or portfolio of a communication."""
    return next(filter(None, (getattr(sent, name) for name in SAID_IN)))


def _plan_next(sent: Communication, *, by: User | None) -> Communication:
    # The lock makes a second one planned at once in the same place wait, and see the first code.
    lock(_place(sent))
    every = int(sent.repeats_every or 0)
    steps = max((sent.sent_on - sent.planned_on).days // every + 1, 1)  # type: ignore[operator]  # it was sent
    following = Communication(
        code=next_communication_code(sent),
        planned_on=sent.planned_on + timedelta(days=every * steps),
        **{name: getattr(sent, name) for name in (*SAID_IN, *REPEATED)},
    )
    made = add(following, by=by)
    made.audience.set(sent.audience.all())
    return made
