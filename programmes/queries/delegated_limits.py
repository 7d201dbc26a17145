"""Who decides: by the delegated limits of a portfolio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from programmes.delegated_limits import Limit, higher_level, level_for
from programmes.models import DelegatedLimit, Portfolio


def limit_for(
    portfolio: Portfolio, *, cost: Decimal, days: int, benefit_pct: Decimal
) -> DelegatedLimit | None:
    """Return the limit of the lowest level that may decide about all three in a portfolio; None
    where none may."""
    limits = {
        delegated_limit.level: delegated_limit
        for delegated_limit in DelegatedLimit.objects.filter(portfolio=portfolio)
    }
    by_level = {level: limit.limit for level, limit in limits.items()}
    level = level_for(by_level, cost, days, benefit_pct)
    return limits[level] if level else None


def limits_of(portfolios: Iterable[int]) -> dict[int, dict[str, Limit]]:
    """Return the limits by level of these portfolios (ids)."""
    limits: dict[int, dict[str, Limit]] = {id: {} for id in portfolios}
    for delegated_limit in DelegatedLimit.objects.filter(portfolio__in=limits):
        limits[delegated_limit.portfolio_id][delegated_limit.level] = delegated_limit.limit
    return limits


def budget_level(limits: Mapping[str, Limit], amount: Decimal, lowest: str) -> str | None:
    """Return the level that decides about so much budget, never below the lowest that may; None
    where it is above every limit. Where there are no limits at all the lowest decides."""
    if not limits:
        return lowest
    level = level_for(limits, amount, 0, Decimal(0))
    return level and higher_level(level, lowest)
