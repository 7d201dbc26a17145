"""Rows of the what-if page: figures, projects and years, as they are now and in each scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pmhub import formats
from programmes import queries
from programmes.health import CLOSED, TERMINATED
from programmes.models import Programme
from programmes.queries.whatif.comparison import FigureRow, ProjectRow, YearRow
from programmes.queries.whatif.verdicts import UNASSUMED, Ends
from programmes.rollup.ledger import Metric, Unit
from programmes.views.rows import page_of

# What besides benefits that are at stake keeps one from telling whether a figure is better.
UNCLEAR = {
    "benefits_at_stake": "a project stops",
    "project_left": "a project leaves and its benefits stay",
    "benefits_stay": "costs that come later look smaller",
    "nothing_assumed": "nothing is assumed of benefits",
}
NOT_KNOWN, ZERO = "not known", Decimal(0)


def figure(row: FigureRow, names: Sequence[str], programme: Programme) -> dict[str, Any]:
    """Return a figure as a row."""
    metric = row.metric
    bounds = queries.bounds_of(metric, programme)
    return {
        "name": metric.name,
        "label": metric.label,
        "status": metric.unit == Unit.STATUS,
        "now": styled_value(metric, row.now, bounds),
        "now_value": row.now,
        "cells": named_cells(
            names,
            [
                cell(metric, ends, verdict, bounds) if ends and verdict else None
                for ends, verdict in zip(row.ends, row.verdicts, strict=True)
            ],
        ),
    }


def named_cells(
    names: Sequence[str], cells: Sequence[Mapping[str, Any] | None]
) -> list[Mapping[str, Any]]:
    """Return cells with the scenario of each; for one that was not tried, without a value."""
    return [{"of": name, **(cell or {})} for name, cell in zip(names, cells, strict=True)]


def styled_value(metric: Metric, value: Any, bounds: Sequence[Decimal]) -> str:
    """Return a value as its unit is shown, never rounded across the bounds of its colours."""
    return formats.NOTHING if value is None else formats.looks(value, str(metric.unit), bounds)


def cell(
    metric: Metric, ends: Ends, verdict: queries.Verdict, bounds: Sequence[Decimal]
) -> dict[str, Any]:
    """Return a figure in a scenario: its value, by how much it changes, and whether that is better
    or worse, or why that cannot be told."""
    recorded, expected = ends[1], verdict.expected
    value = recorded if expected is None else expected
    change = queries.difference(metric, (ends[0], value))
    unknown = verdict.reason == UNASSUMED
    return {
        "value": NOT_KNOWN if unknown else styled_value(metric, value, bounds),
        "raw": value,
        "difference": differs(metric, change),
        "verdict": verdict.word,
        "says": verdict_reason(verdict) if verdict.word == "unclear" else verdict.word,
        "recorded": "" if expected in (None, recorded) else styled_value(metric, recorded, bounds),
    }


def verdict_reason(verdict: queries.Verdict) -> str:
    """Return in words why it cannot be told whether a change is better or worse."""
    if verdict.at_stake:
        return f"cannot tell: benefits at stake {formats.money(verdict.at_stake)}"
    return f"cannot tell: {UNCLEAR[verdict.reason]}"


def differs(metric: Metric, change: Decimal | None) -> str:
    """Return a difference with its sign; empty where there is none, or where it is in levels."""
    if not change or metric.unit == Unit.STATUS:
        return ""
    if metric.unit in (Unit.DATE, Unit.DAYS):
        return formats.days_off(change)
    if metric.unit == Unit.RATIO:
        return formats.signed(change, 2 if abs(change) >= Decimal("0.005") else 4)
    return formats.signed(change)


def project(row: ProjectRow, names: Sequence[str]) -> dict[str, Any]:
    """Return a project that a scenario moves, as a row."""
    return {
        "code": row.project.code,
        "name": row.project.name,
        "address": page_of(row.project.pk),
        "finish": row.finish,
        "health": row.health,
        "cells": named_cells(
            names,
            [
                ends and _finish(*ends, stopping=stopping)
                for ends, stopping in zip(row.ends, row.stops, strict=True)
            ],
        ),
    }


def _finish(days: tuple[Any, Any], health: tuple[str, str], *, stopping: bool) -> dict[str, Any]:
    ends = health[1] in (CLOSED, TERMINATED) and health[0] != health[1]
    later = (days[1] - days[0]).days if days[0] and days[1] and not ends else 0
    return {
        "finish": days[1],
        "ends": ends,
        "days": later,
        "verdict": "worse" if later > 0 else "better" if later and not stopping else "",
        "health": health[1] if health[0] != health[1] else "",
    }


def year(row: YearRow, names: Sequence[str]) -> dict[str, Any]:
    """Return a fiscal year as a row: planned and forecast now, expected in each scenario."""
    return {
        "label": f"FY{row.year}",
        "planned": row.planned,
        "forecast": row.forecast,
        "cells": named_cells(
            names,
            [
                amounts(scenario.forecast, scenario.expected) if scenario else None
                for scenario in row.scenarios
            ],
        ),
    }


def amounts(forecast: tuple[Decimal, Decimal], expected: Decimal | None) -> Mapping[str, Any]:
    """Return the expected amount, and its difference from the forecast when the scenario was tried;
    None where it is not known."""
    if expected is None:
        return {"value": None}
    change = expected - forecast[0]
    return {
        "value": expected,
        "difference": change or None,
        "verdict": "better" if change > 0 else "worse",
    }


def totals(rows: Sequence[YearRow], names: Sequence[str]) -> dict[str, Any] | None:
    """Return the sums of all years."""
    if not rows:
        return None
    columns = []
    for years in zip(*(row.scenarios for row in rows), strict=True):
        moves = [moved for moved in years if moved]
        before = sum((moved.forecast[0] for moved in moves), Decimal(0))
        expected = [moved.expected for moved in moves]
        then = None if None in expected else sum((value or Decimal(0) for value in expected), ZERO)
        columns.append(amounts((before, before), then) if moves else None)
    return {
        "planned": sum((row.planned for row in rows), Decimal(0)),
        "forecast": sum((row.forecast for row in rows), Decimal(0)),
        "cells": named_cells(names, columns),
    }
