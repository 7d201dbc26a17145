"""How the figures of a portfolio change: what moved one between two moments, and one over time.

The lines of a portfolio are the values of its programmes and of the projects outside them. Both are
stored with the time for which they were valid, so that nothing has to be stored for the portfolio
itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from pmhub import reading_clock
from pmhub.database.past import as_at
from programmes.models import MetricValue, Portfolio, value_of
from programmes.queries.portfolio_figures import (
    PartFigures,
    PortfolioRollup,
    figures_of_project,
    portfolio_rollup,
    summed_figure,
    total,
)
from programmes.queries.portfolio_list import programmes_and_projects
from programmes.queries.standalone_projects import (
    StandalonePeriod,
    projects_inside,
    standalone_periods,
)
from programmes.rollup.bridge import difference
from programmes.rollup.ledger import WHOLE, Figure, Line, Metric, Value
from programmes.rollup.line_changes import line_changes
from programmes.rollup.spans import Key, Period
from projects.models import ProjectForecast

MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class PartChange:
    """What a part moved a figure of the portfolio by; `before` or `after` is None where it did not
    count."""

    part: PartFigures
    amount: Decimal
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class PortfolioBridge:
    """A figure of a portfolio at two moments, and the parts that sum to its difference."""

    metric: Metric
    period: Period
    before: PortfolioRollup
    after: PortfolioRollup
    difference: Decimal | None
    reason: str
    parts: Sequence[PartChange]


def portfolio_bridge(
    metric: Metric, period: Period, before: PortfolioRollup, after: PortfolioRollup
) -> PortfolioBridge:
    """Return what moved a figure from one state of a portfolio to another, the largest movements
    first; in days for a date, in levels for health."""
    [bridge] = portfolio_bridges([metric], period, before, after)
    return bridge


def portfolio_bridges(
    metrics: Iterable[Metric], period: Period, before: PortfolioRollup, after: PortfolioRollup
) -> list[PortfolioBridge]:
    """Return what moved each of these figures."""
    was, now = (
        {(part.type, part.id): part for part in figures.parts} for figures in (before, after)
    )
    bridges = []
    for metric in metrics:
        ends = before.figure(metric), after.figure(metric)
        whole = difference(ends[0].value, ends[1].value)
        if whole is None:
            reason = next(end.reason for end in ends if end.value is None)
            bridges.append(PortfolioBridge(metric, period, before, after, None, reason, ()))
            continue
        changes = sorted(
            (change for change in _changes(metric, was, now) if change.amount),
            key=lambda change: (-abs(change.amount), change.part.type, change.part.id),
        )
        bridges.append(PortfolioBridge(metric, period, before, after, whole, "", changes))
    return bridges


def _changes(
    metric: Metric, before: Mapping[Key, PartFigures], after: Mapping[Key, PartFigures]
) -> Iterator[PartChange]:
    """Yield what each part moved the figure by."""
    was, now = (
        {key: part.line(metric) for key, part in parts.items()} for parts in (before, after)
    )
    for change in line_changes(was, now, WHOLE[metric.unit]):
        part = after.get(change.source) or before[change.source]
        yield PartChange(part, change.amount, change.before, change.after)


# Over time


def portfolio_known_since(portfolio: Portfolio) -> datetime | None:
    """Return when the portfolio first had figures: when the first of its parts was computed; None
    before that."""
    values = MetricValue.objects.filter(programme__portfolio=portfolio)
    forecasts = ProjectForecast.objects.filter(project__portfolio=portfolio)
    firsts = [
        rows.order_by("valid_from").values_list("valid_from", flat=True).first()
        for rows in (values, forecasts)
    ]
    return min((first for first in firsts if first), default=None)


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of a portfolio from one moment on."""

    at: datetime
    figure: Figure


def portfolio_series(
    portfolio: Portfolio, metric: Metric, user: Any, at: datetime | None = None
) -> list[Point]:
    """Return the latest changes of a figure up to a moment, oldest first, for the programmes and
    projects that are in the portfolio today; a project counts for itself while it stood alone.
    Where what was true on a day is read, the last point is that, and those before are as known
    then."""
    with as_at(at):
        points = _known_points(portfolio, metric, user, at)
    if at is not None and reading_clock.day() is not None:
        figure = total(metric, portfolio_rollup(portfolio, user, at).parts)
        points.append(Point(at, figure))
    return points


def _known_points(
    portfolio: Portfolio, metric: Metric, user: Any, at: datetime | None
) -> list[Point]:
    programmes, _ = programmes_and_projects(user, portfolio)
    ids = list(programmes.order_by().values_list("pk", flat=True))
    values = MetricValue.objects.filter(metric=metric.name, programme__in=ids)
    spans = standalone_periods(ids, projects_inside(portfolio, user))
    moments = _latest(values, spans, at)
    if not moments:
        return []
    since, until = Q(valid_to=None) | Q(valid_to__gt=moments[0]), Q(valid_from__lte=moments[-1])
    events: list[tuple[datetime, Key, Line | None]] = []
    columns = ("programme_id", "amount", "day", "word", "reason", "valid_from", "valid_to")
    for id, amount, day, word, reason, *period in values.filter(since, until).values_list(*columns):
        line = _line(("programme", id), value_of(amount, day, word), reason)
        events += _begun_and_ended(line, *period)
    spans = [span for span in spans if span.end is None or span.end > moments[0]]
    forecasts = ProjectForecast.objects.defer("events").in_bulk({span.forecast for span in spans})
    for span in spans:
        stored = forecasts[span.forecast]
        value, reason = figures_of_project(stored)[metric.name]
        line = _line(("project", stored.project_id), value, reason)
        events += _begun_and_ended(line, span.begin, span.end)
    return list(_points(metric, events, moments))


def _latest(
    values: QuerySet[Any], spans: Iterable[StandalonePeriod], at: datetime | None
) -> list[datetime]:
    """Return the latest moments at which something changed, oldest first."""
    stored = values if at is None else values.filter(valid_from__lte=at)
    latest = stored.order_by("-valid_from").values_list("valid_from", flat=True).distinct()
    ends = {end for span in spans for end in (span.begin, span.end) if end}
    return sorted({*latest[:MOST_POINTS], *ends})[-MOST_POINTS:]


def _line(key: Key, value: Value, reason: str) -> Line:
    return Line(*key, value, not reason and value is not None, reason)


def _begun_and_ended(
    line: Line, begin: datetime, end: datetime | None
) -> list[tuple[datetime, Key, Line | None]]:
    key = line.source_type, line.source_id
    return [(begin, key, line), *([(end, key, None)] if end else [])]


def _points(
    metric: Metric, events: Iterable[tuple[datetime, Key, Line | None]], moments: Sequence[datetime]
) -> Iterator[Point]:
    """Yield the figure after all events up to each moment, where it differs from the one before."""
    waiting = sorted(events, key=lambda event: (event[0], event[2] is not None), reverse=True)
    lines: dict[Key, Line] = {}
    last: Figure | None = None
    for moment in moments:
        while waiting and waiting[-1][0] <= moment:
            _, key, line = waiting.pop()
            if line is None:
                lines.pop(key, None)
            else:
                lines[key] = line
        figure = summed_figure(metric, lines.values())
        if figure != last:
            yield Point(moment, figure)
        last = figure
