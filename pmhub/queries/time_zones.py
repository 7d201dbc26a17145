"""The time zone in which somebody is told of moments."""

from __future__ import annotations

from typing import Any

from pmhub.database.time_zones import time_zones
from pmhub.models import home_portfolio
from programmes.models import Portfolio


def zone_of(user: Any) -> str:
    """Return the time zone of somebody: the one they chose, or the usual one. A plain UPDATE may
    have stored one that the database knows and Python does not: then it is UTC."""
    zone = user.time_zone or usual_zone(user)
    return zone if zone in time_zones() else "UTC"


def usual_zone(user: Any) -> str:
    """Return the time zone of the portfolio that somebody sees first."""
    zones = Portfolio.objects.visible_to(user).values_list("time_zone", flat=True)
    return zones.first() or "UTC"


def zone_at(record: Any) -> str:
    """Return the time zone of the portfolio that a record belongs to; of one without, UTC."""
    portfolio = home_portfolio(record)
    return portfolio.time_zone if portfolio else "UTC"
