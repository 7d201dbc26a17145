"""The figures of a portfolio: read-only, with an ETag, of a past moment too, and as a table."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.parameters import check_known
from pmhub.api.records import API
from pmhub.api.revalidation import kept
from pmhub.api.tables import TABLES, Cell, Csv, Table, table_answer, wants_table
from programmes import queries
from programmes.api.derived import (
    FORMAT,
    MOMENT,
    XLSX,
    PastViewSet,
    file_name,
    known_at,
    shown,
    shown_cell,
)
from programmes.models import Portfolio
from programmes.queries import PartFigures, PortfolioRollup
from programmes.queries.portfolios import TOTALS, WHOLE
from programmes.rollup.ledger import Figure, Metric
from programmes.serializers.portfolios import PortfolioRollupSerializer


class PortfolioFigures(PastViewSet):
    """What a portfolio comes to."""

    @staticmethod
    def portfolio_of(record: Portfolio) -> Portfolio:
        """The portfolio itself."""
        return record

    @extend_schema(
        responses={
            (200, "application/json"): PortfolioRollupSerializer,
            (200, Csv.media_type): OpenApiTypes.STR,
            XLSX: OpenApiTypes.BINARY,
        },
        parameters=[MOMENT, FORMAT],
    )
    @action(detail=True, url_path="rollup", renderer_classes=TABLES)
    def rollup(self, request: Request, pk: str) -> Response:
        """Figures of its programmes and of the projects outside them that one may see; sums, the
        latest finish and the worst health for whom sees the whole portfolio."""
        check_known(request, {"as_of", "format"})
        if wants_table(request):
            return table_answer(request, _table(self.found()))
        base = request.build_absolute_uri("/")
        return kept(request, "portfolio rollup", lambda: _told(self.found(), base))

    def found(self) -> PortfolioRollup:
        """The figures, now or then."""
        with self.then() as (portfolio, at):
            return queries.portfolio_rollup(portfolio, self.request.user, at)


def _told(found: PortfolioRollup, base: str) -> dict[str, Any]:
    portfolio = found.portfolio
    data: dict[str, Any] = {
        "portfolio": _reference("portfolios", portfolio, base),
        "state": found.state,
        "as_of": found.as_of,
        **known_at(found.at),
        "computed_at": found.computed_at,
        "currency": portfolio.currency,
        "money_unit": portfolio.money_unit,
        "coverage": {
            "programmes": sum(each.type == "programme" for each in found.parts),
            "projects": sum(each.type == "project" for each in found.parts),
            "failed": sum(each.state == "failed" for each in found.parts),
            "not_computed": sum(each.computed_at is None for each in found.parts),
        },
        "metrics": {
            name: _metric(metric, figure, found) for name, (metric, figure) in found.metrics.items()
        },
        "parts": [_part(each, portfolio.currency, base) for each in found.parts],
    }
    return data if found.whole else {**data, "reason": "not_all_in_sight"}


def _metric(metric: Metric, figure: Figure, found: PortfolioRollup) -> dict[str, Any]:
    return {
        **_figure(metric, figure.value, figure.reason, found.portfolio.currency),
        "aggregate": WHOLE[metric.unit],
        "computed_at": found.computed_at,
        "state": found.state,
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
        "value": shown(value, metric.unit),
    }
    if metric.unit == "money":
        data["currency"] = currency
    return {**data, "reason": reason} if reason else data


def _part(part: PartFigures, currency: str, base: str) -> dict[str, Any]:
    lines = [(metric, part.line(metric)) for metric in TOTALS]
    return {
        "type": part.type,
        **_reference(f"{part.type}s", part, base),
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


def _reference(collection: str, record: Any, base: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "code": record.code,
        "name": record.name,
        "url": f"{base}{API}{collection}/{record.id}/",
        "html_url": f"{base}{collection}/{record.id}/",
    }


def _table(found: PortfolioRollup) -> Table:
    """A row a part, and a last one of the whole for whom sees it; what does not count is empty."""
    rows: list[list[Cell]] = []
    for part in found.parts:
        lines = [(part.line(each), each.unit) for each in TOTALS]
        cells = [shown_cell(line.value, unit) if line.included else None for line, unit in lines]
        rows.append([part.type, part.code, part.name, part.state, part.computed_at, *cells])
    if found.whole:
        portfolio = found.portfolio
        totals = [shown_cell(each.value, metric.unit) for metric, each in found.metrics.values()]
        rows.append([
            "total", portfolio.code, portfolio.name, found.state, found.computed_at, *totals,
        ])  # fmt: skip
    heading = ["type", "code", "name", "state", "computed_at", *(each.name for each in TOTALS)]
    return Table(file_name(found.portfolio.code, "rollup", found.at), heading, rows)
