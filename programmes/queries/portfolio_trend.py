"""A figure of a portfolio at the ends of months, from what was stored: of the programmes and the
projects outside them that are in it today and that the reader may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from pmhub.database.past import as_at
from pmhub.database.statements import Statement
from programmes.models import Portfolio, value_of
from programmes.queries.as_of import end_of
from programmes.queries.bridges.lines import MEMBERS
from programmes.queries.portfolio_figures import (
    figures_of_project,
    portfolio_rollup,
    summed_figure,
    total,
)
from programmes.queries.standalone_projects import projects_inside
from programmes.rollup.ledger import Figure, Line, Metric
from projects.models import ProjectForecast

NOTHING_STORED = "nothing_stored"
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
# Of projects that none of the programmes counted at that moment, wherever they are today.
FORECASTS = Statement(
    f"SELECT m.place, f.id FROM {AT_MOMENTS} JOIN projects_projectforecast f"  # noqa: S608  # our own text
    f" ON f.project_id = ANY(%(other_ids)s) AND {VALID.format('f')}"
    " WHERE NOT EXISTS (SELECT FROM programmes_ledgerline l WHERE l.programme_id = ANY(%(ids)s)"
    " AND l.metric = %(metric)s AND l.source_type = 'project' AND l.source_id = f.project_id"
    f" AND {VALID.format('l')})",
    types={"moments": "timestamptz[]", "metric": "text"},
    parted=True,
)


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """A figure at the end of a month, or of the present day. `figure` counts how many parts it has;
    where nothing was stored of any part, it is undefined for the reason `nothing_stored`."""

    on: date
    figure: Figure


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure over months, the earliest first, and for how many programmes and projects it is."""

    metric: Metric
    points: Sequence[MonthEnd]
    programmes: int
    projects: int


def portfolio_trend(
    portfolio: Portfolio, metric: Metric, user: Any, months: int, at: datetime | None = None
) -> Trend:
    """Return a figure at the ends of so many months, and as the portfolio has it now or at a
    moment. Where that is read as it was true, the months before are as they were known."""
    parts = portfolio_rollup(portfolio, user, at, [metric]).parts
    programmes = [part.id for part in parts if part.type == "programme"]
    ids = projects_inside(portfolio, user)
    now = at or timezone.now()
    *days, today = month_ends(now.astimezone(ZoneInfo(portfolio.time_zone)).date(), months)
    with as_at(at):
        moments = [end_of(day, portfolio.time_zone) for day in days]
        lines = _lines(metric, programmes, ids, moments)
    points = [MonthEnd(day, _figure(metric, lines[place])) for place, day in enumerate(days, 1)]
    points.append(MonthEnd(today, total(metric, parts)))
    return Trend(metric, points, len(programmes), len(parts) - len(programmes))


def month_ends(today: date, months: int) -> list[date]:
    """Return the last days of the last `months` months, and today."""
    ends = [today]
    for _ in range(months):
        ends.append(ends[-1].replace(day=1) - timedelta(1))
    return ends[::-1]


def _figure(metric: Metric, lines: Sequence[Line]) -> Figure:
    return summed_figure(metric, lines) if lines else Figure(None, NOTHING_STORED)


def _lines(
    metric: Metric, programmes: Sequence[int], projects: Sequence[int], moments: Sequence[datetime]
) -> Mapping[int, list[Line]]:
    """Return what each part adds at each of the moments, by their number from 1."""
    lines: dict[int, list[Line]] = defaultdict(list)
    given: dict[str, Any] = {"moments": list(moments)}
    for place, id, amount, day, word, reason in VALUES(programmes, metric=metric.name, **given):
        lines[place].append(_line("programme", id, value_of(amount, day, word), reason))
    places = FORECASTS(programmes, projects, metric=MEMBERS, **given)
    stored = ProjectForecast.objects.defer("events").in_bulk({id for _, id in places})
    for place, id in places:
        value, reason = figures_of_project(stored[id])[metric.name]
        lines[place].append(_line("project", stored[id].project_id, value, reason))
    return lines


def _line(kind: str, id: int, value: Any, reason: str) -> Line:
    return Line(kind, id, value, not reason and value is not None, reason)
