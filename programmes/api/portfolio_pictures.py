"""What the pages of a portfolio show beside its figures, as data: its trend by month, and delivery
confidence against figures."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import can
from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter
from pmhub.api.records import API
from pmhub.api.revalidation import answered
from pmhub.api.table_files import TABLES, Table, table_answer, wants_table
from programmes.api.answers import known_at, reference, shown
from programmes.api.moments import FORMAT, MOMENT, PastViewSet, metric_asked, tabled
from programmes.api.tables import file_name, shown_cell
from programmes.queries.confidence import Judged, judgements
from programmes.queries.portfolio_trend import MONTHS, MonthEnd, Trend, portfolio_trend
from programmes.rollup.metrics import OF_PORTFOLIOS
from programmes.serializers.portfolio_pictures import (
    PortfolioConfidenceSerializer,
    PortfolioTrendSerializer,
)


class PortfolioPictures(PastViewSet):
    """What is computed for the pages of a portfolio."""

    @extend_schema(
        responses=tabled(PortfolioTrendSerializer),
        parameters=[
            OpenApiParameter("metric", OpenApiTypes.STR, required=True, enum=sorted(OF_PORTFOLIOS)),
            OpenApiParameter("months", OpenApiTypes.INT, enum=list(MONTHS)),
            MOMENT,
            FORMAT,
        ],
    )
    @action(detail=True, url_path="trend", renderer_classes=TABLES)
    def trend(self, request: Request, pk: str) -> Response:
        """A figure at the ends of months, as it was stored then: of the programmes and the projects
        outside them that are in it today and that one may see. Where nothing was stored, it is
        null."""
        check_known(request, {"metric", "months", "as_of", "format"})
        metric = OF_PORTFOLIOS[metric_asked(request, OF_PORTFOLIOS)]
        months = _months(request)
        with self.then() as (portfolio, at):
            trend = portfolio_trend(portfolio, metric, request.user, months, at)
            whole = can(request.user, "view", portfolio)
        if wants_table(request):
            name = file_name(portfolio.code, f"{metric.name}-trend", at)
            return table_answer(request, _trend_table(name, trend))
        data: dict[str, Any] = {
            "portfolio": reference(portfolio, request.build_absolute_uri("/"), "portfolios"),
            "metric": metric.name,
            "label": metric.label,
            "unit": metric.unit,
            "whole": whole,
            "programmes": trend.programmes,
            "projects": trend.projects,
            **known_at(at),
            "points": [_point(point, metric.unit) for point in trend.points],
        }
        if metric.unit == "money":
            data["currency"] = portfolio.currency
        return answered(request, data)

    @extend_schema(responses=tabled(PortfolioConfidenceSerializer), parameters=[MOMENT, FORMAT])
    @action(detail=True, url_path="confidence", renderer_classes=TABLES)
    def confidence(self, request: Request, pk: str) -> Response:
        """The latest judgements of its programmes and projects that one may see, beside the colours
        that their figures come to: the widest disagreements first."""
        check_known(request, {"as_of", "format"})
        with self.then() as (portfolio, at):
            found = judgements(portfolio, request.user, at)
            whole = can(request.user, "view", portfolio)
        base = request.build_absolute_uri("/")
        rows = [_judged(row, base) for row in found.rows]
        if wants_table(request):
            name = file_name(portfolio.code, "confidence", at)
            cells = [[row[column] for column in JUDGED] for row in rows]
            return table_answer(request, Table(name, JUDGED, cells))
        return answered(
            request,
            {
                "portfolio": reference(portfolio, base, "portfolios"),
                "whole": whole,
                **known_at(at),
                "disagreements": sum(row.disagrees for row in found.rows),
                "unjudged_programmes": found.programmes,
                "unjudged_projects": found.projects,
                "judgements": rows,
            },
        )


JUDGED = (
    "type", "code", "title", "kind", "value", "on", "by", "basis", "figures", "disagrees", "above",
)  # fmt: skip


def _judged(row: Judged, base: str) -> dict[str, Any]:
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
    """How many months are asked for; raises a 400 problem."""
    text = request.query_params.get("months", "12")
    if text not in map(str, MONTHS):
        choices = ", ".join(map(str, MONTHS))
        raise parameter("months", "invalid_choice", f"Choose one of: {choices}.")
    return int(text)


def _point(point: MonthEnd, unit: str) -> dict[str, Any]:
    figure = point.figure
    return {
        "on": point.on,
        "value": shown(figure.value, unit),
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
