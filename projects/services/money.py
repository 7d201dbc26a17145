"""Posting and reversing costs."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from pmhub.models import User
from pmhub.services import add, lock, not_in_the_future, refuse, refuse_state
from programmes.models import ProgrammeLine
from projects.models import Commitment, CostActual, CostKind, Project
from projects.models.money import TAKEN

LONGEST_DESCRIPTION = 200
Foreign = tuple[str, Decimal]  # a currency, and an amount in it
Posting = TypeVar("Posting", CostActual, Commitment)


@transaction.atomic
def post_cost(
    target: Project | ProgrammeLine,
    *,
    amount: Decimal | Foreign,
    posted_on: date | None = None,
    kind: str = CostKind.ACTUAL,
    description: str = "",
    source: str = "",
    source_ref: str = "",
    by: User | None,
) -> CostActual:
    """Post a cost to a project or to a line of its programme; `amount` is in the portfolio's
    currency, or a pair of another currency and the amount in that.

    In a portfolio, one reference of one source is posted once: the same figures again return the
    first posting, other figures are refused.
    """
    posted_on = posted_on or timezone.localdate()
    not_in_the_future("posted_on", posted_on, as_of=status_date(target))
    cost = CostActual(
        project=target if isinstance(target, Project) else None,
        programme_line=target if isinstance(target, ProgrammeLine) else None,
        **_money(amount),
        posted_on=posted_on,
        kind=kind,
        description=description,
        source=source,
        source_ref=source_ref,
    )
    return posted_once(cost, "source_ref", lambda: add(cost, by=by))


@transaction.atomic
def reverse_cost(
    cost: CostActual, *, reason: str, posted_on: date | None = None, by: User | None
) -> CostActual:
    """Reverse a cost that was posted in error, by posting its opposite; once only."""
    lock(cost)
    if cost.reverses_id is not None:
        refuse_state("reverses", "This takes a cost back: post that cost again instead.")
    if CostActual.objects.filter(reverses=cost).exists():
        refuse_state("reverses", "This cost is taken back already.")
    target = cost.project or cost.programme_line
    assert target is not None  # noqa: S101  # by constraint
    posted_on = posted_on or max(cost.posted_on, status_date(target))
    not_in_the_future("posted_on", posted_on, as_of=status_date(target))
    if posted_on < cost.posted_on:
        refuse("posted_on", "This is before the cost was posted: give that day or a later one.")
    reversal = CostActual(
        project=cost.project,
        programme_line=cost.programme_line,
        budget_line=cost.budget_line,
        reverses=cost,
        **_opposite(cost),
        posted_on=posted_on,
        kind=CostKind.REVERSAL,
        description=reason[:LONGEST_DESCRIPTION],
        source=cost.source,
    )
    add(reversal, by=by)
    return cost


def _money(amount: Decimal | Foreign) -> dict[str, Any]:
    """Return the fields of an amount in the portfolio's or in another currency."""
    if not isinstance(amount, tuple):
        return {"amount": amount}
    currency, foreign = amount
    return {"foreign_currency": currency, "foreign_amount": foreign}


def _opposite(cost: CostActual) -> dict[str, Any]:
    """Return the amount of a cost with the opposite sign, in the currency it was spent in."""
    if cost.foreign_amount is not None:
        return _money((cost.foreign_currency, -cost.foreign_amount))
    assert cost.amount is not None  # noqa: S101  # by constraint
    return _money(-cost.amount)


def status_date(target: Project | ProgrammeLine) -> date:
    """Return the status date of a project, or of a line of a programme."""
    home = target.owner_portfolio if isinstance(target, Project) else target.programme.portfolio
    day: date = home.as_of
    return day


def posted_once(row: Posting, reference: str, store: Callable[[], Posting]) -> Posting:
    """Store a cost or an order, or return the earlier one that it repeats. Raises ValidationError
    at the field `reference` where the same reference of the same source was posted with other
    figures."""
    if earlier := _posted_before(row, reference):
        return earlier
    try:
        with transaction.atomic():
            return store()
    except (IntegrityError, ValidationError):
        # The same posting was stored by another transaction at the same time.
        if earlier := _posted_before(row, reference):
            return earlier
        raise


def _posted_before(row: Posting, reference: str) -> Posting | None:
    """Return the earlier posting that this one repeats, with exactly the same reference; None where
    there is none. Refuse a posting with other figures; of an earlier one in another place, which
    may be out of sight, the error only says that the reference is taken."""
    earlier = row.posted_as()
    if earlier is None or getattr(earlier, reference) != getattr(row, reference):
        return None
    if earlier.facts != row.facts:
        same = earlier.target == row.target
        refuse(reference, "This reference was posted with other figures." if same else TAKEN)
    return earlier
