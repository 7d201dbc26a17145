"""The roadmap of a portfolio: `/portfolios/{id}/roadmap/`, a line for each programme."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from pmhub.page_addresses import address_of
from pmhub.picture_scale import Scale, of_days, percent
from programmes.queries.portfolio_roadmap import RoadmapBar, portfolio_roadmap
from programmes.views.portfolio_base import PortfolioSubpage
from programmes.views.rows import sorted_by

COLUMNS = ("name", "health", "start", "planned", "finish", "slip")
NAMED = 9  # years that have room for their name


class PortfolioRoadmapPage(PortfolioSubpage):
    """When each programme runs, drawn and with its days."""

    template_name = "programmes/portfolio_page.html"
    region_template_name = "programmes/portfolio_roadmap.html"
    about, tab = "Roadmap", "roadmap"
    shown = (("programmes.tranche", 0),)

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the same data."""
        return "portfolios_roadmap", f"/api/v1/portfolios/{self.kwargs['pk']}/roadmap/"

    def region_context(self) -> dict[str, Any]:
        """Return the lines, on one scale of whole years."""
        ways = portfolio_roadmap(self.portfolio, self.request.user, self.at)
        order = self.request.GET.get("sort", "")
        today = self.portfolio.as_of
        scale = of_days([*(day for way in ways for day in way.days), today])
        rows = sorted_by([bar_row(way, scale) for way in ways], order, COLUMNS)
        return {
            **super().region_context(),
            "sort": order,
            "rows": rows,
            "tranches": any(way.steps for way in ways),
            "years": list(years(scale)) if scale else [],
            "today": percent(scale.at(today.toordinal())) if scale else "",
            "as_of": today,
        }


def bar_row(way: RoadmapBar, scale: Scale | None) -> dict[str, Any]:
    """Return a programme or project as a row: its days, and their places in the picture."""
    return {
        "type": way.type,
        "code": way.code,
        "name": way.name,
        "address": address_of(way.type, way.id),
        "health": way.health,
        "start": way.start,
        "planned": way.planned,
        "finish": way.finish,
        "slip": way.slip,
        "bar": _bar(scale, way.start, way.finish),
        "ghost": _bar(scale, way.start, way.planned),
        "steps": [
            {**bar, "code": step.code, "name": step.name, "start": step.start, "end": step.end}
            for step in way.steps
            if (bar := _bar(scale, step.start, step.end))
        ],
    }


def _bar(scale: Scale | None, start: date | None, end: date | None) -> dict[str, str] | None:
    """Return where a bar begins, and its width; None where a day is missing."""
    if scale is None or start is None or end is None or end < start:
        return None
    begin, end_at = start.toordinal(), end.toordinal() + 1
    return {"x": percent(scale.at(begin)), "width": percent(scale.between(begin, end_at))}


def years(scale: Scale) -> Iterator[dict[str, Any]]:
    """Return the first days of the years of a scale; where there are many, only some have a
    name."""
    years = _years(scale)
    every = -(-len(years) // NAMED)
    for number, year in enumerate(years):
        yield {
            "x": percent(scale.at(date(year, 1, 1).toordinal())),
            "name": year if number % every == 0 else "",
        }


def _years(scale: Scale) -> list[int]:
    ends: Iterable[float] = (scale.low, scale.high)
    first, last = (date.fromordinal(round(end)).year for end in ends)
    return list(range(first, last + 1))
