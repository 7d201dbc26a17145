"""Reads the budgets of projects, and the lines by which they forecast what is still to be spent."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Sum, TextField
from django.db.models.functions import Cast, Coalesce, JSONObject

from pmhub.database.statements import DAY, IDS, Statement
from programmes.rollup.cost_facts import UnconvertedLine
from programmes.rollup.facts import ZERO
from programmes.rollup.reading import registers
from programmes.rollup.reading.costs import DRAWN, NO_RATE
from projects.evm import ForecastLine
from projects.models import BudgetLine, ForecastBasis, spent_on_line

UNCONVERTED_LINE = {
    "id": "id", "currency": "foreign_currency", "year": "fiscal_year",
    "approved": Cast("foreign_approved", TextField()),
    "forecast": Cast(Coalesce("foreign_forecast", "foreign_approved"), TextField()),
}  # fmt: skip
BUDGETS = Statement(
    lambda: (
        BudgetLine.objects.filter(project_id__in=[IDS])
        .order_by()
        .values("project_id")
        .annotate(
            total=Sum("approved"),
            lacking=JSONBAgg(JSONObject(**UNCONVERTED_LINE), filter=NO_RATE),
        )
        .values_list("project_id", "total", "lacking")
    )
)
LINES = Statement(
    lambda: (
        BudgetLine.objects.filter(project_id__in=[IDS])
        .order_by()
        .annotate(spent=spent_on_line(DAY))
        .values_list(
            "project_id", Coalesce("forecast", "approved"), "spent", "forecast_low", "forecast_high"
        )
    )
)


def approved_budgets(
    as_of: Mapping[int, date],
) -> tuple[dict[int, Decimal], dict[int, list[UnconvertedLine]]]:
    """Return by project the approved budget with the contingency drawn by the status date, and the
    budget lines without an exchange rate. A project with neither budget nor contingency is left
    out."""
    rows = BUDGETS([*as_of])
    budgets = {id: total for id, total, _ in rows}
    drawn = dict(row for day, ids in registers.by_day(as_of).items() for row in DRAWN(ids, day=day))
    return (
        {id: budgets.get(id, ZERO) + drawn.get(id, ZERO) for id in budgets.keys() | drawn.keys()},
        {id: _unconverted_lines(lacking) for id, _, lacking in rows if lacking},
    )


def _unconverted_lines(lacking: str) -> list[UnconvertedLine]:
    return [
        UnconvertedLine(
            line["id"], line["currency"], line["approved"] and Decimal(line["approved"]),
            line["forecast"] and Decimal(line["forecast"]), line["year"],
        )
        for line in sorted(json.loads(lacking), key=itemgetter("id"))
    ]  # fmt: skip


def forecast_lines(
    rows: Sequence[dict[str, Any]], as_of: Mapping[int, date]
) -> Mapping[int, list[ForecastLine]]:
    """Return by project the budget lines of those that forecast by line. A line without a forecast
    is taken to cost its approved amount; a project without lines is left out."""
    requested = {
        row["id"]: as_of[row["id"]]
        for row in rows
        if row["forecast_basis"] == ForecastBasis.BY_LINE
    }
    lines: dict[int, list[ForecastLine]] = defaultdict(list)
    for day, ids in registers.by_day(requested).items():
        for id, *columns in LINES(ids, day=day):
            lines[id].append(ForecastLine(*columns))
    return lines
