"""Posting costs."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from pmhub.models import User
from pmhub.services import add, not_in_the_future, refuse
from programmes.models import ProgrammeLine
from projects.models import CostActual, CostKind, Project


@transaction.atomic
def post_cost(
    target: Project | ProgrammeLine,
    *,
    amount: Decimal,
    posted_on: date | None = None,
    kind: str = CostKind.ACTUAL,
    description: str = "",
    source: str = "",
    source_ref: str = "",
    by: User | None,
) -> CostActual:
    """Post a cost to a project or to a line of its programme.

    The same reference of the same source is posted once: again with the same figures it answers
    the first posting, with others it is refused.
    """
    portfolio = (
        target.owner_portfolio if isinstance(target, Project) else target.programme.portfolio
    )
    posted_on = posted_on or timezone.localdate()
    not_in_the_future("posted_on", posted_on, as_of=portfolio.as_of)
    cost = CostActual(
        project=target if isinstance(target, Project) else None,
        programme_line=target if isinstance(target, ProgrammeLine) else None,
        amount=amount,
        posted_on=posted_on,
        kind=kind,
        description=description,
        source=source,
        source_ref=source_ref,
    )
    if earlier := posted_before(cost):
        return earlier
    try:
        with transaction.atomic():
            return add(cost, by=by)
    except (IntegrityError, ValidationError):
        # The same posting came in twice at once: the other one is there by now.
        if earlier := posted_before(cost):
            return earlier
        raise


def posted_before(cost: CostActual) -> CostActual | None:
    """Return the posting that this one repeats, if there is one. Raises ValidationError where the
    same reference of the same source was posted with other figures."""
    if not cost.source_ref:
        return None
    found = CostActual.objects.filter(source=cost.source, source_ref=cost.source_ref).first()
    if found and _facts(found) != _facts(cost):
        refuse("source_ref", "This reference was posted with other figures.")
    return found


def _facts(cost: CostActual) -> tuple[object, ...]:
    return (cost.project_id, cost.programme_line_id, cost.amount, cost.posted_on, cost.kind)
