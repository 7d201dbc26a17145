"""What is open in a fiscal year of a portfolio, over REST."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter_problem
from pmhub.api.resources import API
from pmhub.api.revalidation import answered
from pmhub.api.table_files import FORMAT, TABLES, Cell, Table, table_answer, wants_table
from pmhub.numerals import whole_number
from programmes.api.as_of import CLOCKS, PastViewSet, table_schema
from programmes.api.figure_json import figure_value, known_at, reference
from programmes.api.tables import file_name
from programmes.models import Portfolio
from programmes.queries.year_end import (
    EARLIEST,
    LATEST,
    OpenRecords,
    UnspentLine,
    YearEnd,
    year_end,
    year_to_close,
)
from programmes.serializers.year_end import YearEndSerializer

LINES = "budget-lines"
HEADING = (
    "collection", "id", "code", "title", "project", "treatment", "approved", "spent", "ordered",
    "left", "next_line", "amount", "currency", "html_url",
)  # fmt: skip
Amount = tuple[Decimal | None, str]  # of an open record, with its currency, empty for the portfolio


class YearEndViewSet(PastViewSet):
    """Adds the end of a fiscal year to the view set of portfolios."""

    @extend_schema(
        responses=table_schema(YearEndSerializer),
        parameters=[
            OpenApiParameter(
                "year", OpenApiTypes.INT,
                description="The fiscal year, by the year in which it begins; without it the"
                " earliest that is over and not closed",
            ),
            *CLOCKS,
            FORMAT,
        ],
    )  # fmt: skip
    @action(detail=True, url_path="year-end", renderer_classes=TABLES)
    def year_end(self, request: Request, pk: str) -> Response:
        """What is open in a fiscal year, as far as the user may see it: the budget lines on which
        more is approved than spent and ordered, each with the line of the next year to which that
        could move, and requests, transfers, orders, costs and measurements that wait."""
        check_known(request, {"year", "as_of", "on", "format"})
        year, base = _year(request), request.build_absolute_uri("/")
        with self.then() as (portfolio, at):
            found = year_end(
                portfolio, year or year_to_close(portfolio, request.user), request.user
            )
            data = {
                "portfolio": reference(portfolio, base, "portfolios"),
                **known_at(at),
                "currency": portfolio.currency,
                "fiscal_year": found.year,
                "over": found.over,
                "closed": found.closed,
                "left": figure_value(found.left, "money"),
                "yearless": found.yearless,
                "lines": [_line(line, base) for line in found.lines],
                "open": list(_open(found, portfolio, base)),
            }
        if wants_table(request):
            name = file_name(portfolio.code, f"year-end-{found.year}", at)
            return table_answer(request, Table(name, HEADING, list(_rows(data))))
        return answered(request, data)


def _year(request: Request) -> int | None:
    """Return the year of the query; None where it is not given. Raises a 400 problem."""
    text = request.query_params.get("year")
    if text is None:
        return None
    year = whole_number(text)
    if year is None or not EARLIEST <= year <= LATEST:
        detail = f"Give a year from {EARLIEST} to {LATEST}."
        raise parameter_problem("year", "out_of_range", detail)
    return year


def _line(unspent: UnspentLine, base: str) -> dict[str, Any]:
    line, to = unspent.line, unspent.next_line
    return {
        **reference(line, base, LINES, str(line)),
        "project": reference(line.project, base, "projects"),
        "treatment": line.treatment,
        "category": line.category,
        "approved": figure_value(line.approved, "money"),
        "spent": figure_value(unspent.spent, "money"),
        "ordered": figure_value(unspent.ordered, "money"),
        "left": figure_value(unspent.left, "money"),
        "next_line": to and reference(to, base, LINES, to.code),
    }


def _open(found: YearEnd, portfolio: Portfolio, base: str) -> Iterator[dict[str, Any]]:
    for kind in found.open:
        yield {
            "collection": kind.collection,
            "title": kind.title,
            "count": len(kind.rows),
            "records": [_record(row, kind, portfolio, base) for row in kind.rows],
        }


def _record(row: Any, kind: OpenRecords, portfolio: Portfolio, base: str) -> dict[str, Any]:
    amount, currency = AMOUNTS[kind.collection](row)
    return {
        "id": row.pk,
        "code": getattr(row, "code", None) or getattr(row, "reference", None),
        "name": kind.name(row),
        "url": f"{base}{API}{kind.collection}/{row.pk}/",
        "html_url": f"{base}{kind.collection}/{row.pk}/",
        "amount": figure_value(amount, "money"),
        "currency": currency or portfolio.currency,
    }


def _of_measurement(row: Any) -> Amount:
    """Return the value of a measurement, where that is money."""
    return (row.value if row.benefit.monetised else None), row.foreign_currency


# What an open record comes to; null where no exchange rate says it.
AMOUNTS: Mapping[str, Callable[[Any], Amount]] = {
    "budget-requests": lambda row: (row.amount, ""),
    "budget-transfers": lambda row: (row.amount, ""),
    "commitments": lambda row: (
        None if row.amount is None else max(row.amount - row.invoiced, Decimal(0)), "",
    ),
    "cost-actuals": lambda row: (row.foreign_amount, row.foreign_currency),
    "measurements": _of_measurement,
}  # fmt: skip


def _rows(data: Mapping[str, Any]) -> Iterator[list[Cell]]:
    """Yield the lines and, after them, the open records as rows of a table."""
    for line in data["lines"]:
        flat = line | {
            "collection": LINES, "title": line["name"], "project": line["project"]["code"],
            "next_line": line["next_line"] and line["next_line"]["code"],
            "currency": data["currency"],
        }  # fmt: skip
        yield [flat.get(name) for name in HEADING]
    for kind in data["open"]:
        for record in kind["records"]:
            flat = record | {"collection": kind["collection"], "title": record["name"]}
            yield [flat.get(name) for name in HEADING]
