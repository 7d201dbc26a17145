"""The time zone in which a user is shown moments."""

from __future__ import annotations

from typing import Any

from pmhub.database.time_zones import time_zones
from pmhub.models import home_portfolio
from programmes.models import Portfolio, Programme


def zone_of(user: Any) -> str:
    """Return the time zone of a user: the one that they chose, or the usual one. UTC if plain SQL
    stored a zone that Python does not know."""
    zone = user.time_zone or usual_zone(user)
    return zone if zone in time_zones() else "UTC"


def usual_zone(user: Any) -> str:
    """Return the time zone of the oldest portfolio that a user sees, so that a new one changes no
    clock."""
    zones = Portfolio.objects.visible_to(user).order_by("pk").values_list("time_zone", flat=True)
    return zones.first() or "UTC"


def zone_of_place(portfolio: int | None, programme: int | None) -> str:
    """Return the time zone of a portfolio, or of the portfolio of a programme, by its id; empty if
    neither is given."""
    homes = Portfolio.objects.all()
    if programme is not None:
        homes = homes.filter(pk__in=Programme.objects.filter(pk=programme).values("portfolio"))
    elif portfolio is not None:
        homes = homes.filter(pk=portfolio)
    else:
        return ""
    return homes.values_list("time_zone", flat=True).first() or ""


def zone_at(record: Any) -> str:
    """Return the time zone of the portfolio of a record; UTC if it belongs to none."""
    portfolio = home_portfolio(record)
    return portfolio.time_zone if portfolio else "UTC"
