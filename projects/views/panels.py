"""What the pages of projects' records show beside what their register declares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pmhub.registers.panels import Panel
from pmhub.statements import ID, Rows
from projects.models import Milestone, MilestoneForecast
from projects.schedule import milestone_trend

FORECASTS = Rows(lambda: MilestoneForecast.objects.filter(milestone_id=ID).order_by("reported_on"))
OF_PROJECT = Rows(
    lambda: MilestoneForecast.objects.filter(milestone__project_id=ID).order_by("reported_on")
)
# How a milestone moves, in words and as a colour; steady ones need no word.
TRENDS = {
    "stable": ("Steady", "green"),
    "recovering": ("Recovering", "green"),
    "slipping": ("Slipping", "amber"),
    "day_for_day": ("Slips a day each day", "red"),
    "accelerating_slip": ("Slips ever faster", "red"),
}


def forecast_history(milestone: Milestone, request: Any) -> dict[str, Any] | None:
    """What was forecast of a milestone, report by report, and how it moves."""
    reports = FORECASTS(id=milestone.pk)
    if not reports:
        return None
    slips = slips_of(milestone, reports)
    return {
        "milestone": milestone,
        "trend": trend_of(milestone, reports),
        "rows": [
            {"reported_on": each.reported_on, "forecast_on": each.forecast_on, "slip": slip}
            for each, slip in zip(reports, slips, strict=True)
        ],
    }


def trends_of(project: int, milestones: Iterable[Milestone]) -> Mapping[int, tuple[str, str]]:
    """How the milestones of a project move, by id: words and colour of those with two reports."""
    reports: dict[int, list[MilestoneForecast]] = defaultdict(list)
    for each in OF_PROJECT(id=project):
        reports[each.milestone_id].append(each)
    return {
        each.pk: trend_of(each, reports[each.pk])
        for each in milestones
        if len(reports[each.pk]) > 1
    }


def slips_of(milestone: Milestone, reports: list[MilestoneForecast]) -> list[int]:
    """Days of each report after the baseline or, without one, after the first report."""
    planned = milestone.baseline_on or reports[0].forecast_on
    return [(each.forecast_on - planned).days for each in reports]


def trend_of(milestone: Milestone, reports: list[MilestoneForecast]) -> tuple[str, str]:
    """How a milestone moves over its reports, in words, and as a colour."""
    days = [each.reported_on for each in reports]
    return TRENDS[milestone_trend(slips_of(milestone, reports), days).trend]


PANELS = {
    "milestone-forecast-history": Panel(
        "Forecasts over time", "projects/forecast_history.html", forecast_history
    ),
}
