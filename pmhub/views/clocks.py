"""What pages of the past have in common: the choice of a clock and a day, and what the page says of
these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from pmhub.access.scoped_rows import ScopedRows
from pmhub.models import home_portfolio
from pmhub.page_addresses import then
from pmhub.registers import registers
from programmes.models import Portfolio, Programme
from programmes.queries.as_of import NoMoment
from programmes.queries.clocks import KNOWN, TRUE
from projects.models import Dependency, Project

FIGURED = (Programme, Project, Dependency)  # models whose lists show figures
OLDEST = ScopedRows(
    lambda reader: (
        Portfolio.objects.visible_to(reader).order_by("pk").values_list("pk", "time_zone")[:1]
    )
)
CLOCKS = {KNOWN: "As known on", TRUE: "As true on"}


def chosen_clock(request: HttpRequest) -> str:
    """Return the address to which the chosen clock and day lead; empty if none was chosen."""
    query = request.GET.copy()
    name, day = query.pop("clock", [""])[-1], query.pop("day", [""])[-1]
    if name not in CLOCKS:
        return ""
    for clock in CLOCKS:
        query.pop(clock, None)
    if day:
        query[name] = day
    return f"{request.path}?{query.urlencode()}" if query else request.path


def clock_context(at: datetime | None, on: date | None, zone: str) -> dict[str, Any]:
    """Return the context for a page of the past, with the days to choose from."""
    place = ZoneInfo(zone)
    return {
        "at": at,
        "on": on,
        "then": then(at),
        "at_day": on or (at.astimezone(place).date() if at else None),
        "zone": zone,
        "today": timezone.now().astimezone(place).date(),
        "clocks": [*CLOCKS.items()],
        "clock": TRUE if on else KNOWN,
    }


def not_a_moment(request: HttpRequest, error: NoMoment) -> HttpResponse:
    """Return the page that says why the requested moment of the past cannot be shown."""
    context = {"title": "Not a moment of the past", "detail": error.detail}
    return render(request, "400.html", context, status=400)


def asks_past(address: Mapping[str, str]) -> bool:
    """Return whether the parameters of an address ask for the past, by either clock."""
    return any(address.get(name) for name in CLOCKS)


def shows_figures(model: type[Any]) -> bool:
    """Return whether pages about records of a model show figures, of the records or of others below
    them."""
    return any(
        kind in FIGURED for kind in (model, *(below.model for below in registers.below(model)))
    )


def homes_of(record: Any) -> list[Any]:
    """Return the records whose figures are shown with a record: its own, its programme's and its
    project's."""
    above = (getattr(record, name, None) for name in ("programme", "project"))
    return [home for home in (record, *above) if home is not None]


def zone_of(record: Any, user: Any) -> str:
    """Return the time zone in which the days of a record end: that of its portfolio, or, for no
    record, of the oldest portfolio that the user sees."""
    if home := home_portfolio(record):
        return home.time_zone or "UTC"
    return next((zone for _, zone in OLDEST(user)), "") or "UTC"
