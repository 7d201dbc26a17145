"""Portfolios side by side, above their register."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pmhub import formats
from pmhub.access import can
from programmes.models import Portfolio
from programmes.queries.portfolio_list import COLOURS, Totals, by_portfolio, combined_totals
from programmes.views.portfolio_rows import total_row

NOTHING = Totals(0, dict.fromkeys(COLOURS, 0), Decimal(0), Decimal(0))


def portfolio_index(record: Any, request: Any) -> dict[str, Any] | None:
    """Return the sums of each portfolio that is not archived, over what the reader may see; None
    without portfolios."""
    user = request.user
    portfolios = Portfolio.objects.visible_to(user).filter(archived_at=None)
    statements = by_portfolio(user)
    nothing = NOTHING, NOTHING
    rows = [
        _row(portfolio, *statements.get(portfolio.pk, nothing), whole=can(user, "view", portfolio))
        for portfolio in portfolios
    ]
    return {"rows": rows} if rows else None


def _row(
    portfolio: Portfolio, programmes: Totals, projects: Totals, *, whole: bool
) -> dict[str, Any]:
    return {
        **total_row(portfolio.name, combined_totals(programmes, projects)),
        "id": portfolio.pk,
        "code": portfolio.code,
        "name": portfolio.name,
        "unit": formats.money_unit(portfolio),
        "programmes": programmes.count,
        "projects": projects.count,
        "whole": whole,
    }
