"""Posting costs."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from pmhub.models import User
from pmhub.services import add, not_in_the_future, refuse
from programmes.models import ProgrammeLine
from projects.models import CostActual, CostKind, Project
from projects.models.money import TAKEN


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

    In a portfolio the same reference of the same source is posted once: again with the same figures
    it answers the first posting, with others it is refused.
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
    return posted_once(cost, lambda: add(cost, by=by))


def posted_once(cost: CostActual, store: Callable[[], CostActual]) -> CostActual:
    """Store a posting, or return the earlier one that it repeats. Raises ValidationError where the
    same reference of the same source was posted with other figures."""
    if earlier := _posted_before(cost):
        return earlier
    try:
        with transaction.atomic():
            return store()
    except (IntegrityError, ValidationError):
        # The same posting came in twice at once: the other one is there by now.
        if earlier := _posted_before(cost):
            return earlier
        raise


def _posted_before(cost: CostActual) -> CostActual | None:
    """The posting that this one repeats. One of another project may be out of sight: of that it is
    only said that the reference is taken."""
    found = cost.posted_as()
    if found and _facts(found) != _facts(cost):
        same = _target(found) == _target(cost)
        refuse("source_ref", "This reference was posted with other figures." if same else TAKEN)
    return found


def _target(cost: CostActual) -> tuple[object, ...]:
    return (cost.project_id, cost.programme_line_id)


def _facts(cost: CostActual) -> tuple[object, ...]:
    return (*_target(cost), cost.amount, cost.posted_on, cost.kind)
