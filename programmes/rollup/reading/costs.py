"""Reads the costs posted to projects and to lines of programmes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast, ExtractMonth, ExtractYear, JSONObject

from benefits.realisation import fiscal_year
from pmhub.database.statements import DAY, IDS, Statement
from programmes.rollup.cost_facts import UnconvertedCost
from programmes.rollup.facts import ZERO
from programmes.rollup.reading import registers
from projects.models import ContingencyMovement, CostActual

# The columns of a cost without an exchange rate.
UNCONVERTED = {
    "id": "id", "currency": "foreign_currency", "amount": Cast("foreign_amount", TextField()),
    "posted_on": "posted_on",
}  # fmt: skip
NO_RATE = ~Q(foreign_currency="") & Q(exchange_rate__isnull=True)
DRAWN = Statement(lambda: _sums(ContingencyMovement.objects.filter(moved_on__lte=DAY), "amount"))


def _spent(parent: str) -> QuerySet[Any, Any]:
    return (
        CostActual.objects.filter(**{f"{parent}__in": [IDS]}, posted_on__lte=DAY)
        .order_by()
        .values(parent, year=ExtractYear("posted_on"), month=ExtractMonth("posted_on"))
        .annotate(
            total=Sum("amount", default=ZERO),
            lacking=JSONBAgg(JSONObject(**UNCONVERTED), filter=Q(amount__isnull=True)),
        )
        .values_list(parent, "year", "month", "total", "lacking")
    )


SPENT = {
    parent: Statement(partial(_spent, parent)) for parent in ("project_id", "programme_line_id")
}


def _sums(rows: QuerySet[Any, Any], column: str) -> QuerySet[Any, Any]:
    return (
        rows.filter(project_id__in=[IDS])
        .order_by()
        .values("project_id")
        .annotate(total=Sum(column))
        .values_list("project_id", "total")
    )


def actuals(
    parent: str, as_of: Mapping[int, date], months: Mapping[int, int]
) -> tuple[Mapping[int, dict[int, Decimal]], Mapping[int, list[UnconvertedCost]]]:
    """Return the actual cost of each parent by fiscal year, up to its status date, and the costs
    without an exchange rate."""
    rows = [
        row for day, ids in registers.by_day(as_of).items() for row in SPENT[parent](ids, day=day)
    ]
    spent: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    unconverted: dict[int, list[UnconvertedCost]] = defaultdict(list)
    for id, year, month, total, lacking in sorted(rows, key=itemgetter(0, 1, 2)):
        spent[id][fiscal_year(date(int(year), int(month), 1), months[id])] += total
        unconverted[id] += _unconverted(lacking) if lacking else []
    return spent, unconverted


def _unconverted(lacking: str) -> list[UnconvertedCost]:
    return [
        UnconvertedCost(
            cost["id"], cost["currency"], Decimal(cost["amount"]),
            date.fromisoformat(cost["posted_on"]),
        )
        for cost in sorted(json.loads(lacking), key=itemgetter("posted_on", "id"))
    ]  # fmt: skip
