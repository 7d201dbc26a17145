"""Who decides: by the delegated limits of a portfolio."""

from __future__ import annotations

from decimal import Decimal

from programmes.authority import level_for
from programmes.models import DelegatedLimit, Portfolio


def limit_for(
    portfolio: Portfolio, *, cost: Decimal, days: int, benefit_pct: Decimal
) -> DelegatedLimit | None:
    """Return the limit of the lowest level that may decide about all three in a portfolio; None
    where none may."""
    limits = {each.level: each for each in DelegatedLimit.objects.filter(portfolio=portfolio)}
    known = {level: each.limit for level, each in limits.items()}
    found = level_for(known, cost, days, benefit_pct)
    return limits[found] if found else None
