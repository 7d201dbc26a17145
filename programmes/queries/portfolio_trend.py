"""A figure of a portfolio at the ends of months, from what was stored: of the programmes and the
projects outside them that are in it today and that the reader may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from pmhub.database.statements import Statement
from programmes.models import Portfolio, value_of
from programmes.queries.listing import within
from programmes.queries.portfolios import figures_of_project, summed
from programmes.rollup.ledger import Figure, Line, Metric
from projects.models import ProjectForecast

MONTHS = (6, 12, 24, 36)
AT_MOMENTS = "unnest(%(moments)s::timestamptz[]) WITH ORDINALITY m(at, place)"
VALID = "{0}.valid_from <= m.at AND ({0}.valid_to IS NULL OR {0}.valid_to > m.at)"
VALUES = Statement(
    "SELECT m.place, v.programme_id, v.amount, v.day, v.word, v.reason"  # noqa: S608  # our own text
    f" FROM {AT_MOMENTS} JOIN programmes_metricvalue v"
    f" ON v.programme_id = ANY(%(ids)s) AND v.metric = %(metric)s AND {VALID.format('v')}",
    types={"moments": "timestamptz[]", "metric": "text"},
    parted=True,
)
FORECASTS = Statement(
    f"SELECT m.place, f.id FROM {AT_MOMENTS} JOIN projects_projectforecast f"  # noqa: S608  # our own text
    f" ON f.project_id = ANY(%(ids)s) AND {VALID.format('f')}",
    types={"moments": "timestamptz[]"},
)


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """A figure at the end of a day: the last of a month, or the present one. `figure` counts how
    many parts it is of; where nothing was stored of any, it is undefined: `nothing_stored`."""

    on: date
    figure: Figure


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure over months, the earliest first, and of how many programmes and projects it is."""

    metric: Metric
    points: Sequence[MonthEnd]
    programmes: int
    projects: int


def portfolio_trend(
    portfolio: Portfolio, metric: Metric, user: Any, months: int, at: datetime | None = None
) -> Trend:
    """Return a figure at the ends of so many months, and now or at a moment: five queries."""
    programmes, projects = (
        list(rows.order_by().values_list("pk", flat=True)) for rows in within(user, portfolio)
    )
    now = at or timezone.now()
    days = month_ends(now.astimezone(ZoneInfo(portfolio.time_zone)).date(), months)
    moments = [_end_of(day, portfolio.time_zone) for day in days[:-1]] + [now]
    lines = _lines(metric, programmes, projects, moments)
    points = [MonthEnd(day, _figure(metric, lines[place])) for place, day in enumerate(days, 1)]
    return Trend(metric, points, len(programmes), len(projects))


def month_ends(today: date, months: int) -> list[date]:
    """Return the last days of so many months that are over, and today."""
    found = [today]
    for _ in range(months):
        found.append(found[-1].replace(day=1) - timedelta(1))
    return found[::-1]


def _end_of(day: date, zone: str) -> datetime:
    """The last moment of a day."""
    return datetime.combine(day + timedelta(1), time(), ZoneInfo(zone)) - timedelta(microseconds=1)


def _figure(metric: Metric, lines: Sequence[Line]) -> Figure:
    return summed(metric, lines) if lines else Figure(None, "nothing_stored")


def _lines(
    metric: Metric, programmes: Sequence[int], projects: Sequence[int], moments: Sequence[datetime]
) -> Mapping[int, list[Line]]:
    """Return what each part adds at each of the moments, by their place."""
    found: dict[int, list[Line]] = defaultdict(list)
    given: dict[str, Any] = {"moments": list(moments)}
    for place, id, amount, day, word, reason in VALUES(programmes, metric=metric.name, **given):
        found[place].append(_line("programme", id, value_of(amount, day, word), reason))
    places = FORECASTS(projects, **given)
    stored = ProjectForecast.objects.defer("events").in_bulk({id for _, id in places})
    for place, id in places:
        value, reason = figures_of_project(stored[id])[metric.name]
        found[place].append(_line("project", stored[id].project_id, value, reason))
    return found


def _line(kind: str, id: int, value: Any, reason: str) -> Line:
    return Line(kind, id, value, not reason and value is not None, reason)
