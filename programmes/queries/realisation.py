"""The realisation curve: the value of benefits by fiscal year, planned, forecast and measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from benefits.realisation import FlowFigures, Period, by_fiscal_year, fiscal_year
from pmhub.database.cached_reads import CachedReads
from programmes.models import Portfolio, Programme
from programmes.queries.benefit_facts import benefit_facts
from programmes.rollup.benefit_lines import exclusion_reason

# Bytes that a process keeps of series; of a year, about.
MOST, YEAR = 1_000_000, 1000
series_read = CachedReads(MOST)


def realisation_series(programme: Programme) -> dict[str, Any]:
    """Return planned, forecast and actual value of the counted benefits by fiscal year, with
    cumulative sums.

    The forecast of days that were measured is what was measured, so that its sum ends at the
    forecast outturn; where nothing is forecast or measured it is None. `actual` and its sum are
    None from the first year that is not measured; `unmeasured` is the number of benefits that were
    planned to bring something in the year and are not measured for it. The series is cached until
    one of the benefits is touched.
    """
    portfolio = programme.portfolio

    def read() -> dict[str, Any]:
        counted = [
            benefit_fact.figures
            for benefit_fact in benefit_facts(programme)
            if not exclusion_reason(benefit_fact) and benefit_fact.figures
        ]
        return series_of(counted, portfolio)

    key = (
        programme.pk, portfolio.as_of, portfolio.fiscal_year_start_month, portfolio.currency,
        portfolio.money_unit,
    )  # fmt: skip
    return series_read("series", key, read, lambda series: YEAR * (1 + len(series["periods"])))


def series_of(counted: Collection[FlowFigures], portfolio: Portfolio) -> dict[str, Any]:
    """Return the series of these benefits, each signed by its polarity."""
    as_of, month = portfolio.as_of, portfolio.fiscal_year_start_month
    has_forecast = any(flow.has_outturn for flow in counted)
    planned, actual, forecast = (
        _by_year((getattr(flow, name) for flow in counted), month)
        for name in ("planned", "measured", "outturn")
    )
    years = sorted(planned.keys() | actual.keys() | forecast.keys())
    unmeasured = Counter(
        year
        for flow in counted
        for year in {fiscal_year(period.end, month) for period in flow.unmeasured}
    )
    return {
        "unit": "money",
        "currency": portfolio.currency,
        "scale": portfolio.money_unit,
        "as_of": as_of,
        "periods": [
            {**row, "unmeasured": unmeasured[year]}
            for year, row in zip(
                years,
                _periods(years, month, planned, forecast if has_forecast else None, actual),
                strict=True,
            )
        ],
    }


def _by_year(benefits: Iterable[Iterable[Period]], month: int) -> dict[int, Decimal]:
    """Return the sums over the periods of all benefits, by fiscal year."""
    totals: dict[int, Decimal] = defaultdict(Decimal)
    for periods in benefits:
        for year, value in by_fiscal_year(periods, month).items():
            totals[year] += value
    return totals


def _periods(
    years: Iterable[int],
    month: int,
    planned: dict[int, Decimal],
    forecast: dict[int, Decimal] | None,
    actual: dict[int, Decimal],
) -> Iterable[dict[str, Any]]:
    sums = {"planned": Decimal(0), "forecast": Decimal(0), "actual": Decimal(0)}
    measured = True
    for year in years:
        measured = measured and year in actual
        row: dict[str, Any] = {
            "label": f"FY{year}",
            "start": date(year, month, 1),
            "end": date(year + 1, month, 1) - timedelta(days=1),
        }
        for name, totals in (("planned", planned), ("forecast", forecast), ("actual", actual)):
            if totals is None or (name == "actual" and not measured):
                row[name] = row[f"{name}_cumulative"] = None
                continue
            row[name] = totals.get(year, Decimal(0))
            sums[name] += row[name]
            row[f"{name}_cumulative"] = sums[name]
        yield row
