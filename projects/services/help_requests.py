"""The verbs of requests for help: asking, taking on, and answering."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from pmhub.models import Person, User
from pmhub.services import as_of, check_in_use, lock, person_of, refuse, turn
from projects.models import HelpRequest
from projects.models.help_requests import PLACES
from projects.services.codes import code_beside

NOBODY = "Only somebody in the directory of people asks for help."
ANSWERER = "Say who answers it: somebody in the directory of people."


def begin_request(request: HelpRequest, *, by: User | None) -> HelpRequest:
    """Complete a new request before it is stored: the asker, and by its service who answers and by
    when."""
    asker = person_of(by)
    if asker is None:
        refuse("asked_by", NOBODY)
    request.asked_by = asker
    if service := request.service:
        if request.owner is None and service.owner and service.owner.archived_at is None:
            request.owner = service.owner
        if request.due_on is None:
            request.due_on = as_of(request) + timedelta(days=service.days_to_answer)
    return request


@transaction.atomic
def accept_request(
    request: HelpRequest,
    *,
    owner: Person | None = None,
    due_on: date | None = None,
    by: User | None,
) -> HelpRequest:
    """Take a request on. It is answered by the person named, else by its present owner, else by the
    user."""
    owner = owner or lock(request).owner or person_of(by)
    if owner is None:
        refuse("owner", ANSWERER)
    check_in_use("owner", owner)
    fields: dict[str, Any] = {"due_on": due_on} if due_on else {}
    return turn(request, noun="acceptance", owner=owner, by=by, **fields)


@transaction.atomic
def answer_request(request: HelpRequest, *, answer: str, by: User | None) -> HelpRequest:
    """Answer a request, on the status date."""
    return turn(request, noun="reply", answer=answer, answered_on=as_of(request), by=by)


def next_help_code(request: HelpRequest) -> str:
    """Return the code after those of the requests in the same place."""
    return code_beside(request, PLACES, "H01")
