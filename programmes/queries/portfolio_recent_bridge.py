"""What moved figures of a portfolio over the last 30 days, with the figures at their beginning
cached.

What is stored for a past moment never changes, and the beginning of the 30 days stays the same for
a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pmhub.access.grants import Reader
from pmhub.caching import BoundedCache, quarter
from programmes.queries.bridges.recent import beginning
from programmes.queries.portfolio_changes import (
    PortfolioBridge,
    portfolio_bridges,
    portfolio_known_since,
)
from programmes.queries.portfolio_figures import PortfolioRollup, portfolio_rollup_at
from programmes.rollup.ledger import Metric
from programmes.rollup.spans import Period

# Bytes that a process keeps; of a part with a figure, about.
MOST, FIGURE = 4_000_000, 200

cache = BoundedCache(MOST)


def recent_bridge_of_portfolio(
    now: PortfolioRollup, metrics: Sequence[Metric], end: datetime, user: Any
) -> tuple[datetime | None, list[PortfolioBridge]]:
    """Return since when the present figures of a portfolio are compared, and what moved them: since
    the beginning of a day, or since its first figure where that is later."""
    before = _before(now, metrics, user)
    if before is None or before.at is None:
        return None, []
    period = Period(before.at, end)
    return before.at, portfolio_bridges(metrics, period, before, now)


def _before(now: PortfolioRollup, metrics: Sequence[Metric], user: Any) -> PortfolioRollup | None:
    """Return the figures at the beginning, cached; None for a portfolio without any."""
    portfolio, parts = now.portfolio, _parts(now)
    begin = beginning(portfolio.time_zone)
    names = tuple(metric.name for metric in metrics)
    key = portfolio.pk, Reader(user).key, begin, names, parts, quarter()
    before: PortfolioRollup | None = cache.get(key)
    if before is None and (first := portfolio_known_since(portfolio)) is not None:
        before = portfolio_rollup_at(portfolio, user, max(first, begin), metrics)
        # Whether one may see what has left the portfolio since then is a question of now.
        if _parts(before) <= parts:
            cache.put(key, before, FIGURE * (1 + len(parts) * len(names)))
    return before


def _parts(figures: PortfolioRollup) -> frozenset[tuple[str, int]]:
    return frozenset((part.type, part.id) for part in figures.parts)
