"""What the pages of a portfolio show beside its figures, as data: its roadmap, its programmes by
benefits and risk, its trend by month, and delivery confidence against figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import can
from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter_problem
from pmhub.api.resources import API
from pmhub.api.revalidation import answered
from pmhub.api.table_files import FORMAT, TABLES, Table, table_answer, wants_table
from programmes.api.as_of import CLOCKS, PastViewSet, requested_metric, table_schema
from programmes.api.figure_json import figure_value, known_at, reference
from programmes.api.tables import file_name, shown_cell
from programmes.models import Portfolio
from programmes.queries.bubbles import Bubble, bubbles
from programmes.queries.confidence import JudgedRecord, judgements
from programmes.queries.portfolio_roadmap import RoadmapBar, portfolio_roadmap
from programmes.queries.portfolio_trend import MONTHS, MonthEnd, Trend, portfolio_trend
from programmes.rollup.metrics import OF_PORTFOLIOS
from programmes.serializers.portfolio_pictures import (
    PortfolioBubblesSerializer,
    PortfolioConfidenceSerializer,
    PortfolioRoadmapSerializer,
    PortfolioTrendSerializer,
)


class PortfolioPictures(PastViewSet):
    """What is computed for the pages of a portfolio."""

    @extend_schema(responses=table_schema(PortfolioRoadmapSerializer), parameters=[*CLOCKS, FORMAT])
    @action(detail=True, url_path="roadmap", renderer_classes=TABLES)
    def roadmap(self, request: Request, pk: str) -> Response:
        """The programmes that the user may see, with their tranches, and the standalone projects:
        each from its start to the computed finish, and to the planned one."""
        check_known(request, {"as_of", "on", "format"})
        with self.then() as (portfolio, at):
            lines = portfolio_roadmap(portfolio, request.user, at)
            data = self.about(portfolio, at) | {"as_of": portfolio.as_of}
        rows = [_line(line, request.build_absolute_uri("/")) for line in lines]
        if wants_table(request):
            cells = [[row[column] for column in LINES] for row in rows]
            return table_answer(
                request, Table(file_name(portfolio.code, "roadmap", at), LINES, cells)
            )
        return answered(request, data | {"lines": rows})

    @extend_schema(responses=table_schema(PortfolioBubblesSerializer), parameters=[*CLOCKS, FORMAT])
    @action(detail=True, url_path="bubbles", renderer_classes=TABLES)
    def bubbles(self, request: Request, pk: str) -> Response:
        """The programmes that the user may see, side by side: benefits, risk, cost and health."""
        check_known(request, {"as_of", "on", "format"})
        with self.then() as (portfolio, at):
            side_by_side = bubbles(portfolio, request.user, at)
            data = self.about(portfolio, at) | {"currency": portfolio.currency}
        rows = [_bubble(bubble, request.build_absolute_uri("/")) for bubble in side_by_side]
        if wants_table(request):
            cells = [[row[column] for column in BUBBLES] for row in rows]
            return table_answer(
                request, Table(file_name(portfolio.code, "bubbles", at), BUBBLES, cells)
            )
        return answered(request, data | {"programmes": rows})

    def about(self, portfolio: Portfolio, at: datetime | None) -> dict[str, Any]:
        """Return the first members of each of these answers: the portfolio, whether all of it is in
        sight, and the moment."""
        return {
            "portfolio": reference(portfolio, self.request.build_absolute_uri("/"), "portfolios"),
            "whole": can(self.request.user, "view", portfolio),
            **known_at(at),
        }

    @extend_schema(
        responses=table_schema(PortfolioTrendSerializer),
        parameters=[
            OpenApiParameter("metric", OpenApiTypes.STR, required=True, enum=sorted(OF_PORTFOLIOS)),
            OpenApiParameter("months", OpenApiTypes.INT, enum=list(MONTHS)),
            *CLOCKS,
            FORMAT,
        ],
    )
    @action(detail=True, url_path="trend", renderer_classes=TABLES)
    def trend(self, request: Request, pk: str) -> Response:
        """A figure at the ends of months, as it was stored then: of the programmes and standalone
        projects that are in the portfolio today and that the user may see. It is null where nothing
        was stored."""
        check_known(request, {"metric", "months", "as_of", "on", "format"})
        metric = OF_PORTFOLIOS[requested_metric(request, OF_PORTFOLIOS)]
        months = _months(request)
        with self.then() as (portfolio, at):
            trend = portfolio_trend(portfolio, metric, request.user, months, at)
            about = self.about(portfolio, at)
        if wants_table(request):
            name = file_name(portfolio.code, f"{metric.name}-trend", at)
            return table_answer(request, _trend_table(name, trend))
        data: dict[str, Any] = {
            **about,
            "metric": metric.name,
            "label": metric.label,
            "unit": metric.unit,
            "programmes": trend.programmes,
            "projects": trend.projects,
            "points": [_point(point, metric.unit) for point in trend.points],
        }
        if metric.unit == "money":
            data["currency"] = portfolio.currency
        return answered(request, data)

    @extend_schema(
        responses=table_schema(PortfolioConfidenceSerializer), parameters=[*CLOCKS, FORMAT]
    )
    @action(detail=True, url_path="confidence", renderer_classes=TABLES)
    def confidence(self, request: Request, pk: str) -> Response:
        """The latest judgements of its programmes and projects that the user may see, beside the
        colours of their figures: the widest disagreements first."""
        check_known(request, {"as_of", "on", "format"})
        with self.then() as (portfolio, at):
            judged = judgements(portfolio, request.user, at)
            about = self.about(portfolio, at)
        rows = [_judged(row, request.build_absolute_uri("/")) for row in judged.rows]
        if wants_table(request):
            name = file_name(portfolio.code, "confidence", at)
            cells = [[row[column] for column in JUDGED] for row in rows]
            return table_answer(request, Table(name, JUDGED, cells))
        return answered(
            request,
            {
                **about,
                "disagreements": sum(row.disagrees for row in judged.rows),
                "unjudged_programmes": judged.programmes,
                "unjudged_projects": judged.projects,
                "judgements": rows,
            },
        )


LINES = (
    "type", "code", "title", "health", "starts_on", "baseline_finish", "finishes_on", "slip_days",
)  # fmt: skip
BUBBLES = (
    "code", "title", "health", "benefits_forecast_outturn", "benefits_share", "risk_p80",
    "risk_share", "estimate_at_completion",
)  # fmt: skip
JUDGED = (
    "type", "code", "title", "kind", "value", "on", "by", "basis", "figures", "disagrees", "above",
)  # fmt: skip


def _line(line: RoadmapBar, base: str) -> dict[str, Any]:
    return {
        "type": line.type,
        "id": line.id,
        "code": line.code,
        "title": line.name,
        "url": f"{base}{API}{line.type}s/{line.id}/",
        "health": line.health,
        "starts_on": line.start,
        "baseline_finish": line.planned,
        "finishes_on": line.finish,
        "slip_days": figure_value(line.slip, "days"),
        "tranches": [
            {"code": step.code, "name": step.name, "starts_on": step.start, "ends_on": step.end}
            for step in line.steps
        ],
    }


def _bubble(bubble: Bubble, base: str) -> dict[str, Any]:
    return {
        "id": bubble.id,
        "code": bubble.code,
        "title": bubble.name,
        "url": f"{base}{API}programmes/{bubble.id}/",
        "health": bubble.health,
        "benefits_forecast_outturn": figure_value(bubble.benefits, "money"),
        "benefits_share": figure_value(bubble.share, "ratio"),
        "risk_p80": figure_value(bubble.risk, "money"),
        "risk_share": figure_value(bubble.exposed, "ratio"),
        "estimate_at_completion": figure_value(bubble.cost, "money"),
    }


def _judged(row: JudgedRecord, base: str) -> dict[str, Any]:
    return {
        "type": row.type,
        "id": row.id,
        "code": row.code,
        "title": row.name,
        "url": f"{base}{API}{row.type}s/{row.id}/",
        "kind": row.kind,
        "value": row.value,
        "on": row.on,
        "by": row.by,
        "basis": row.basis,
        "figures": row.figures,
        "disagrees": row.disagrees,
        "above": row.above,
    }


def _months(request: Request) -> int:
    """Return the number of months of the query; raises a 400 problem."""
    text = request.query_params.get("months", "12")
    if text not in map(str, MONTHS):
        choices = ", ".join(map(str, MONTHS))
        raise parameter_problem("months", "invalid_choice", f"Choose one of: {choices}.")
    return int(text)


def _point(point: MonthEnd, unit: str) -> dict[str, Any]:
    figure = point.figure
    return {
        "on": point.on,
        "value": figure_value(figure.value, unit),
        "reason": figure.reason or None,
        "counted": figure.included,
    }


def _trend_table(name: str, trend: Trend) -> Table:
    unit = trend.metric.unit
    rows = [
        [point.on, shown_cell(point.figure.value, unit), point.figure.reason, point.figure.included]
        for point in trend.points
    ]
    return Table(name, ["on", trend.metric.name, "reason", "counted"], rows)
