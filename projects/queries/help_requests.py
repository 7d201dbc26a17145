"""Set-based reads of requests for help."""

from django.db.models import Case, Q, Value, When

from projects.models.help_requests import TO_ANSWER
from projects.queries import day_of

HOMES = ("project__programme__portfolio", "project__portfolio", "programme__portfolio", "portfolio")


def is_unanswered() -> Case:
    """Return an expression for whether a request should have been answered before the status
    date."""
    late = Q(state__in=[str(state) for state in TO_ANSWER], due_on__lt=day_of(*HOMES))
    return Case(When(late, then=Value(True)), default=Value(False))
