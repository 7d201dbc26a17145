"""The figures of a portfolio, with explanation, series and bridge: read-only, of the past too."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import can
from pmhub.api.parameters import check_known
from pmhub.api.resources import API
from pmhub.api.revalidation import answered, cached_answer, revalidated
from pmhub.api.table_files import FORMAT, TABLES, Cell, Table, table_answer, wants_table
from programmes import queries
from programmes.api.as_of import (
    CLOCKS,
    EXPLAINING,
    PastViewSet,
    bridging,
    period_of,
    requested_metric,
    table_schema,
)
from programmes.api.figure_json import DIFFERENCES, figure_value, known_at, reference
from programmes.api.tables import file_name, shown_cell
from programmes.models import Portfolio
from programmes.queries import PartChange, PartFigures, Point, PortfolioBridge, PortfolioRollup
from programmes.queries.portfolio_figures import TOTALS
from programmes.rollup.ledger import WHOLE, Figure, Metric
from programmes.rollup.metrics import OF_PORTFOLIOS, OF_PROJECTS
from programmes.serializers.portfolio_figures import (
    PortfolioBridgeSerializer,
    PortfolioExplanationSerializer,
    PortfolioRollupSerializer,
    PortfolioSeriesSerializer,
)


class PortfolioFigures(PastViewSet):
    """What a portfolio comes to."""

    @staticmethod
    def portfolio_of(record: Portfolio) -> Portfolio:
        """Return the portfolio itself."""
        return record

    @extend_schema(
        responses=table_schema(PortfolioRollupSerializer),
        parameters=[*CLOCKS, FORMAT],
    )
    @action(detail=True, url_path="rollup", renderer_classes=TABLES)
    def rollup(self, request: Request, pk: str) -> Response:
        """The figures of its programmes and of its standalone projects that the user may see. A
        user who sees the whole portfolio also gets its sums, its latest finish and its worst
        health."""
        check_known(request, {"as_of", "on", "format"})
        if wants_table(request):
            return table_answer(request, _table(self.portfolio_figures()))
        base = request.build_absolute_uri("/")
        return cached_answer(
            request, "portfolio rollup", lambda: _as_row(self.portfolio_figures(), base)
        )

    @extend_schema(
        responses=table_schema(PortfolioExplanationSerializer),
        parameters=EXPLAINING,
    )
    @action(detail=True, url_path="rollup/(?P<metric>[a-z0-9_]{1,60})", renderer_classes=TABLES)
    def explanation(self, request: Request, pk: str, metric: str) -> Response:
        """Return why a figure of the portfolio is what it is: the programmes and projects that it
        sums."""
        check_known(request, {"as_of", "on", "format"})
        if metric not in OF_PORTFOLIOS:
            raise NotFound("A portfolio has no such metric.")
        if wants_table(request):
            return table_answer(
                request, lines_table(self.portfolio_figures(), OF_PORTFOLIOS[metric])
            )
        base = request.build_absolute_uri("/")
        return cached_answer(
            request,
            "portfolio explanation",
            lambda: _explained(self.portfolio_figures(), OF_PORTFOLIOS[metric], base),
        )

    @extend_schema(
        responses=PortfolioSeriesSerializer,
        parameters=[
            OpenApiParameter("metric", OpenApiTypes.STR, required=True, enum=sorted(OF_PORTFOLIOS)),
            *CLOCKS,
        ],
    )
    @action(detail=True, url_path="series")
    @revalidated
    def series(self, request: Request, pk: str) -> Any:
        """A figure of the portfolio over time: its latest changes, or those before `as_of`."""
        check_known(request, {"metric", "as_of", "on"})
        metric = OF_PORTFOLIOS[requested_metric(request, OF_PORTFOLIOS)]
        with self.then(early=True) as (portfolio, at):
            whole = can(request.user, "view", portfolio)
            points = queries.portfolio_series(portfolio, metric, request.user, at) if whole else []
        data = {
            "metric": metric.name,
            "unit": metric.unit,
            "currency": portfolio.currency,
            "scale": portfolio.money_unit,
            **known_at(at),
            "points": [_point(point, metric.unit) for point in points],
        }
        return data if whole else {**data, "reason": "not_all_in_sight"}

    @extend_schema(
        responses=table_schema(PortfolioBridgeSerializer),
        parameters=bridging(OF_PORTFOLIOS),
    )
    @action(detail=True, url_path="bridge", renderer_classes=TABLES)
    def bridge(self, request: Request, pk: str) -> Response:
        """Return what moved a figure of the portfolio between two moments: programmes and projects
        whose parts sum to the difference exactly, each with the address of its own bridge."""
        check_known(request, {"metric", "from", "to", "format"})
        portfolio = self.get_object()
        metric = OF_PORTFOLIOS[requested_metric(request, OF_PORTFOLIOS)]
        period = period_of(request, portfolio)
        ends = [period.begin, period.end if "to" in request.query_params else None]
        before, after = (queries.portfolio_rollup_at(portfolio, request.user, end) for end in ends)
        bridge = queries.portfolio_bridge(metric, period, before, after)
        if wants_table(request):
            return table_answer(request, bridge_table(bridge))
        return answered(request, _bridged(bridge, request.build_absolute_uri("/")))

    def portfolio_figures(self) -> PortfolioRollup:
        """Return the figures, now or at the past moment."""
        with self.then() as (portfolio, at):
            return queries.portfolio_rollup(portfolio, self.request.user, at)


def _as_row(rollup: PortfolioRollup, base: str) -> dict[str, Any]:
    portfolio = rollup.portfolio
    data: dict[str, Any] = {
        "portfolio": reference(portfolio, base, "portfolios"),
        "state": rollup.state,
        "as_of": rollup.as_of,
        **known_at(rollup.at),
        "computed_at": rollup.computed_at,
        "currency": portfolio.currency,
        "money_unit": portfolio.money_unit,
        "coverage": {
            "programmes": sum(part.type == "programme" for part in rollup.parts),
            "projects": sum(part.type == "project" for part in rollup.parts),
            "failed": sum(part.state == "failed" for part in rollup.parts),
            "not_computed": sum(part.computed_at is None for part in rollup.parts),
        },
        "metrics": {
            name: _metric(metric, figure, rollup)
            for name, (metric, figure) in rollup.metrics.items()
        },
        "parts": [_part(part, portfolio.currency, base) for part in rollup.parts],
    }
    return data if rollup.whole else {**data, "reason": "not_all_in_sight"}


def _metric(metric: Metric, figure: Figure, rollup: PortfolioRollup) -> dict[str, Any]:
    return {
        **_figure(metric, figure.value, figure.reason, rollup.portfolio.currency),
        "aggregate": WHOLE[metric.unit],
        "computed_at": rollup.computed_at,
        "state": rollup.state,
        "coverage": {
            "included": figure.included,
            "excluded": figure.excluded,
            "missing": figure.missing,
            "hidden": 0,  # whoever sees the portfolio sees all of it
        },
    }


def _figure(metric: Metric, value: Any, reason: str, currency: str) -> dict[str, Any]:
    data = {
        "name": metric.name,
        "label": metric.label,
        "unit": metric.unit,
        "value": figure_value(value, metric.unit),
    }
    if metric.unit == "money":
        data["currency"] = currency
    return {**data, "reason": reason} if reason else data


def _part(part: PartFigures, currency: str, base: str) -> dict[str, Any]:
    lines = [(metric, part.line(metric)) for metric in TOTALS]
    return {
        "type": part.type,
        **reference(part, base, f"{part.type}s"),
        "state": part.state,
        "computed_at": part.computed_at,
        "metrics": {
            metric.name: {
                **_figure(metric, line.value, line.reason, currency),
                "included": line.included,
            }
            for metric, line in lines
        },
    }


def _explained(rollup: PortfolioRollup, metric: Metric, base: str) -> dict[str, Any]:
    portfolio = rollup.portfolio
    figure = rollup.figure(metric)
    return {
        **_metric(metric, figure, rollup),
        "as_of": rollup.as_of,
        **known_at(rollup.at),
        "portfolio": reference(portfolio, base, "portfolios"),
        "lines": [
            {
                "source": _source(part, base),
                "value": figure_value(line.value, metric.unit),
                "included": line.included,
                "reason": line.reason or None,
                "explanation": _beneath(part, metric, base),
            }
            for part in rollup.parts
            for line in [part.line(metric)]
        ],
    }


def _source(part: PartFigures, base: str) -> dict[str, Any]:
    return {
        "type": part.type,
        "id": part.id,
        "code": part.code,
        "title": part.name,
        "url": f"{base}{API}{part.type}s/{part.id}/",
    }


def _beneath(part: PartFigures, metric: Metric, base: str) -> str | None:
    """Return the address at which the same figure of a part is explained; None where the part has
    no such figure."""
    if part.type == "project" and metric.name not in OF_PROJECTS:
        return None
    return f"{base}{API}{part.type}s/{part.id}/rollup/{metric.name}/"


def _point(point: Point, unit: str) -> dict[str, Any]:
    figure = point.figure
    return {
        "at": point.at,
        "value": figure_value(figure.value, unit),
        "reason": figure.reason or None,
    }


def _bridged(bridge: PortfolioBridge, base: str) -> dict[str, Any]:
    metric, portfolio = bridge.metric, bridge.after.portfolio
    unit = DIFFERENCES.get(metric.unit, str(metric.unit))
    data: dict[str, Any] = {
        "portfolio": reference(portfolio, base, "portfolios"),
        "metric": metric.name,
        "label": metric.label,
        "unit": metric.unit,
        "from": bridge.period.begin,
        "to": bridge.period.end,
        "before": _end(bridge, bridge.before),
        "after": _end(bridge, bridge.after),
        "difference": figure_value(bridge.difference, unit),
        "difference_unit": unit,
    }
    if metric.unit == "money":
        data["currency"] = portfolio.currency
    if bridge.reason:
        data["reason"] = bridge.reason
    return {
        **data,
        "parts": [_changed(part, bridge, unit, base) for part in bridge.parts],
    }


def _end(bridge: PortfolioBridge, rollup: PortfolioRollup) -> dict[str, Any]:
    figure = rollup.figure(bridge.metric)
    return {
        "value": figure_value(figure.value, bridge.metric.unit),
        "reason": figure.reason or None,
        "computed_at": rollup.computed_at,
    }


def _changed(change: PartChange, bridge: PortfolioBridge, unit: str, base: str) -> dict[str, Any]:
    part, metric, period = change.part, bridge.metric, bridge.period
    moments = {"from": period.begin.isoformat(), "to": period.end.isoformat()}
    query = urlencode({"metric": metric.name, **moments})
    return {
        "amount": figure_value(change.amount, unit),
        "source": _source(part, base),
        "before": figure_value(change.before, metric.unit),
        "after": figure_value(change.after, metric.unit),
        "bridge": f"{base}{API}{part.type}s/{part.id}/bridge/?{query}",
    }


# Tables


def lines_table(rollup: PortfolioRollup, metric: Metric) -> Table:
    """Return the parts with what they count for, and a last row with the figure that they make."""
    rows: list[list[Cell]] = []
    for part in rollup.parts:
        line = part.line(metric)
        value = shown_cell(line.value, metric.unit)
        counted = value if line.included else None
        rows.append([part.type, part.code, part.name, line.included, line.reason, value, counted])
    figure, label = rollup.figure(metric), str(WHOLE[metric.unit])
    value = shown_cell(figure.value, metric.unit)
    rows.append(["total", metric.name, label, figure.included, figure.reason, None, value])
    heading = ["source", "code", "title", "included", "reason", "value", "counted"]
    return Table(file_name(rollup.portfolio.code, metric.name, rollup.at), heading, rows)


def bridge_table(bridge: PortfolioBridge) -> Table:
    """Return the parts of a bridge, and a last row with both ends and their difference."""
    metric, unit = (
        bridge.metric,
        DIFFERENCES.get(bridge.metric.unit, str(bridge.metric.unit)),
    )
    rows: list[list[Cell]] = []
    for step in bridge.parts:
        ends = [shown_cell(value, metric.unit) for value in (step.before, step.after)]
        part = step.part
        rows.append([part.type, part.code, part.name, *ends, shown_cell(step.amount, unit)])
    figures = [rollup.figure(metric).value for rollup in (bridge.before, bridge.after)]
    ends = [shown_cell(value, metric.unit) for value in figures]
    rows.append(["total", metric.name, metric.label, *ends, shown_cell(bridge.difference, unit)])
    heading = ["source", "code", "title", "before", "after", "amount"]
    code = bridge.after.portfolio.code
    return Table(file_name(code, f"{metric.name}-bridge", bridge.period.end), heading, rows)


def _table(rollup: PortfolioRollup) -> Table:
    """Return a row for each part and, for a reader who sees all, a last one for the whole
    portfolio; what does not count is empty."""
    rows: list[list[Cell]] = []
    for part in rollup.parts:
        lines = [(part.line(metric), metric.unit) for metric in TOTALS]
        cells = [shown_cell(line.value, unit) if line.included else None for line, unit in lines]
        rows.append([part.type, part.code, part.name, part.state, part.computed_at, *cells])
    if rollup.whole:
        portfolio = rollup.portfolio
        totals = [shown_cell(total.value, metric.unit) for metric, total in rollup.metrics.values()]
        rows.append([
            "total", portfolio.code, portfolio.name, rollup.state, rollup.computed_at, *totals,
        ])  # fmt: skip
    heading = ["type", "code", "name", "state", "computed_at", *(metric.name for metric in TOTALS)]
    return Table(file_name(rollup.portfolio.code, "rollup", rollup.at), heading, rows)
