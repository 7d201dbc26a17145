"""Who decides: by the delegated limits of a portfolio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from programmes.delegated_limits import NOTHING, Approved, Limit, higher_level, level_for
from programmes.models import DelegatedLimit, Portfolio


def limit_for(
    portfolio: Portfolio,
    *,
    cost: Decimal,
    days: int,
    benefit_pct: Decimal,
) -> DelegatedLimit | None:
    """Return the limit of the lowest level that may decide about this cost, delay and loss of
    benefits in a portfolio; None where no level may."""
    limits = {
        delegated_limit.level: delegated_limit
        for delegated_limit in DelegatedLimit.objects.filter(portfolio=portfolio)
    }
    by_level = {level: limit.limit for level, limit in limits.items()}
    level = level_for(by_level, cost, days, benefit_pct)
    return limits[level] if level else None


def limits_of(portfolios: Iterable[int]) -> dict[int, dict[str, Limit]]:
    """Return the limits of each of these portfolios (ids), by level."""
    limits: dict[int, dict[str, Limit]] = {id: {} for id in portfolios}
    for delegated_limit in DelegatedLimit.objects.filter(portfolio__in=limits):
        limits[delegated_limit.portfolio_id][delegated_limit.level] = delegated_limit.limit
    return limits


def budget_level(
    limits: Mapping[str, Limit], amount: Decimal, lowest: str, approved: Approved = NOTHING
) -> str | None:
    """Return the lowest level that may decide about a budget, at least `lowest`, beside what was
    `approved` before; None where it is above every limit. Without any limits it is `lowest`."""
    if not limits:
        return lowest
    level = level_for(limits, amount, 0, Decimal(0), approved)
    return level and higher_level(level, lowest)
