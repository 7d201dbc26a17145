"""The verbs of issues."""

from __future__ import annotations

from django.db import transaction

from pmhub.models import User
from pmhub.services import follow, lock, refuse, turn
from projects.models import Issue


@transaction.atomic
def escalate_issue(issue: Issue, *, by: User | None) -> Issue:
    """Escalate a project's issue to its programme, whose manager is asked about it from then on.
    The user follows it."""
    if lock(issue).above is None:
        refuse("project", "Only an issue of a project in a programme can be escalated.")
    follow(issue, by)
    return turn(issue, noun="escalation", by=by)
