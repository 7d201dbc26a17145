"""How metrics are read and explained at a project: from its stored forecast, and from its
records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from programmes.health import CLOSED, broken
from programmes.health import TERMINATED as STOPPED
from programmes.rollup import derived
from programmes.rollup import record_lines as records
from programmes.rollup.ledger import (
    Aggregate,
    Figure,
    Figures,
    Line,
    Metric,
    ProjectFigure,
    Unit,
    Value,
    aggregated,
    as_computed,
    rounded,
)
from programmes.rollup.record_lines import ProjectRecords
from projects.evm import indices
from projects.models import ProjectForecast

Known = tuple[Value, str]  # a value, or None with the reason
# Keys in the `figures` of a forecast that are no figures of their own.
BESIDE = {
    "eac_basis": "what the estimate at completion rests on",
    "eac_cpi": "BAC ÷ CPI, for comparison",
    "driver_code": "what sets the finish",
    "case": "how the approved case of a project that stands alone stands now",
}


def figures_of(forecast: ProjectForecast, metrics: Iterable[Metric]) -> dict[str, Figure]:
    """Return the figures of a project from its forecast. `metrics` have each metric after its
    inputs."""
    figures: dict[str, Figure] = {}
    for metric in metrics:
        mine = metric.project
        assert mine  # noqa: S101  # it exists at a project
        if mine.value:
            value, reason = mine.value(forecast)
            detail = as_computed(value, metric.unit) if metric.unit is Unit.MONEY else {}
            figures[metric.name] = Figure(rounded(value, metric.unit), reason, detail)
        else:
            figures[metric.name] = derived_from(metric.at_project, figures)
    return figures


def derived_from(metric: Metric, figures: Figures) -> Figure:
    """Return a derived figure of a project; undefined where an input that is not optional is."""
    assert metric.derive  # noqa: S101  # a derived metric has a formula
    assert metric.project  # noqa: S101  # it exists at a project
    needed = [name for name in metric.inputs if name not in metric.project.optional]
    lacking = [figure for name in needed if (figure := figures[name]).value is None]
    if lacking:
        return Figure(None, lacking[0].reason)
    result = metric.derive(figures, None)  # type: ignore[arg-type]  # it reads figures alone
    return replace(result, value=rounded(result.value, metric.unit))


def lines_of(metric: Metric, project_records: ProjectRecords, *, exact: bool = False) -> list[Line]:
    """Return the lines of a figure; amounts to the hundredth, unless they are asked for exactly."""
    assert metric.project  # noqa: S101  # it exists at a project
    lines = [*metric.project.lines(project_records)] if metric.project.lines else []
    if exact:
        return lines
    return [replace(line, value=rounded(line.value, metric.unit)) for line in lines]


def adds_up_to(metric: Metric, lines: Sequence[Line], value: Value) -> bool:
    """Return whether these lines make exactly the stored value."""
    aggregate = metric.at_project.aggregate
    if aggregate is None:
        return True
    if value is None:
        return not any(line.included for line in lines)
    return aggregated(aggregate, lines).value == value


# Where a forecast says it


def _amount(key: str, missing: str = "no_baseline") -> Callable[[ProjectForecast], Known]:
    def value(forecast: ProjectForecast) -> Known:
        amount = _decimal(forecast.figures, key)
        return amount, "" if amount is not None else missing

    return value


def _decimal(stored: Mapping[str, Any], key: str) -> Decimal | None:
    text = stored.get(key)
    return None if text is None else Decimal(text)


def _budget(forecast: ProjectForecast) -> Known:
    approved = _decimal(forecast.figures, "approved")
    if approved is None:
        return None, "no_budget"
    return approved - (_decimal(forecast.figures, "released") or Decimal(0)), ""


def _released(forecast: ProjectForecast) -> Known:
    return _decimal(forecast.figures, "released") or Decimal(0), ""


def _index(name: str) -> Callable[[ProjectForecast], Known]:
    def value(forecast: ProjectForecast) -> Known:
        stored = forecast.figures
        bac, pv, ev, ac = (_decimal(stored, key) for key in ("bac", "pv", "ev", "ac"))
        if ac is None:
            return None, "no_baseline"
        return _decimal(stored, name), indices(bac, pv, ev, ac)[name].reason or ""

    return value


def _ended(forecast: ProjectForecast) -> str:
    colour = forecast.health.get("effective")
    return str(colour) if colour in (CLOSED, STOPPED) else ""


def _start(day: Callable[[ProjectForecast], date | None]) -> Callable[[ProjectForecast], Known]:
    def value(forecast: ProjectForecast) -> Known:
        start = day(forecast)
        return start, "" if start else "no_dates"

    return value


def _finish(day: Callable[[ProjectForecast], date | None]) -> Callable[[ProjectForecast], Known]:
    def value(forecast: ProjectForecast) -> Known:
        if _ended(forecast) == STOPPED:
            return None, "terminated"
        finish = day(forecast)
        return finish, "" if finish else "no_dates"

    return value


def _day(key: str) -> Callable[[ProjectForecast], date | None]:
    def day(forecast: ProjectForecast) -> date | None:
        text = forecast.figures.get(key)
        return date.fromisoformat(text) if text else None

    return day


def _counted(test: Callable[[ProjectForecast], bool]) -> Callable[[ProjectForecast], Known]:
    def value(forecast: ProjectForecast) -> Known:
        if not forecast.health:
            return None, "not_computed_yet"
        return Decimal(test(forecast)), ""

    return value


def _breaches(forecast: ProjectForecast) -> Known:
    if not forecast.health:
        return None, "not_computed_yet"
    of_case = bool((forecast.figures.get("case") or {}).get("breach"))
    return Decimal(len(broken(forecast.health.get("findings", ()))) + of_case), ""


def _health(forecast: ProjectForecast) -> Known:
    if ended := _ended(forecast):
        return None, ended
    colour = forecast.health.get("effective")
    return colour, "" if colour else "not_computed_yet"


def _in_all(figures: Figures, facts: Any) -> Figure:
    return Figure(figures["approved_budget"].value)


# The declarations

SUM, MAX, COUNT = Aggregate.SUM, Aggregate.MAX, Aggregate.COUNT

BUDGET = ProjectFigure(
    "Budget of the baseline in force",
    value=_amount("bac"),
    keys=("bac",),
    aggregate=SUM,
    lines=records.budget,
)
PLANNED = ProjectFigure(
    "What the baseline in force plans up to the status date",
    value=_amount("pv"),
    keys=("pv",),
    aggregate=SUM,
    lines=records.planned_value,
)
EARNED = ProjectFigure(
    "Budget at completion × percent complete",
    value=_amount("ev"),
    keys=("ev",),
    aggregate=SUM,
    lines=records.earned_value,
    moved_by=(records.BASELINE,),
)
ACTUAL = ProjectFigure(
    "Costs posted up to the status date",
    value=_amount("ac"),
    keys=("ac",),
    aggregate=SUM,
    lines=records.actual_cost,
)
ESTIMATE = ProjectFigure(
    "Actual cost + estimate to complete, or where nobody estimates, what is left to earn",
    "Estimate at completion",
    value=_amount("eac", "no_forecast"),
    keys=("eac",),
    aggregate=SUM,
    lines=records.estimate_at_completion,
    moved_by=(records.BASELINE,),
)
APPROVED = ProjectFigure(
    "Approved budget lines + contingency drawn − budget released",
    "Approved budget",
    value=_budget,
    keys=("approved", "released"),
    aggregate=SUM,
    lines=records.approved_budget,
    moved_by=(records.COST,),
)
RELEASED = ProjectFigure(
    "What a terminated project leaves of its approved budget",
    value=_released,
    keys=("released",),
    aggregate=SUM,
    lines=records.budget_released,
    moved_by=(records.COST, records.BUDGET_LINE, records.MOVEMENT),
)
IN_ALL = ProjectFigure(
    "Approved budget of the project", inputs=("approved_budget",), derive=_in_all
)
VARIANCE = ProjectFigure(
    "Approved budget − estimate at completion; negative is over. Nothing approved counts as 0",
    inputs=("approved_budget", "estimate_at_completion"),
    optional=("approved_budget",),
    derive=derived.variance_at_completion,
)
CPI = ProjectFigure(
    "Earned value ÷ actual cost",
    value=_index("cpi"),
    keys=("cpi",),
    inputs=("earned_value", "actual_cost"),
    derive=derived.cost_performance_index,
)
SPI = ProjectFigure(
    "Earned value ÷ planned value",
    value=_index("spi"),
    keys=("spi",),
    inputs=("earned_value", "planned_value"),
    derive=derived.schedule_performance_index,
)
START_DECLARED = ProjectFigure(
    "The actual start, else the forecast one, else that of the baseline",
    value=_start(_day("declared_start")),
    keys=("declared_start",),
    aggregate=MAX,
    lines=records.start_declared,
    of_amounts=False,
    moved_by=(records.BASELINE,),
)
START = ProjectFigure(
    "The start that driving dependencies and the status date allow",
    value=_start(lambda forecast: forecast.starts_on),
    aggregate=MAX,
    lines=records.start_propagated,
    of_amounts=False,
    moved_by=(records.BASELINE,),
)
FINISH_BASELINE = ProjectFigure(
    "Finish of the baseline in force",
    value=_finish(_day("baseline_finish")),
    keys=("baseline_finish",),
    aggregate=MAX,
    lines=records.finish_baseline,
    of_amounts=False,
)
FINISH_DECLARED = ProjectFigure(
    "The actual finish, else the forecast one, else that of the baseline",
    value=_finish(_day("declared_finish")),
    keys=("declared_finish",),
    aggregate=MAX,
    lines=records.finish_declared,
    of_amounts=False,
    moved_by=(records.BASELINE,),
)
FINISH = ProjectFigure(
    "The finish that driving dependencies, milestones and the status date allow",
    value=_finish(lambda forecast: forecast.finishes_on),
    aggregate=MAX,
    lines=records.finish_propagated,
    of_amounts=False,
    moved_by=(records.BASELINE,),
)
SLIP = ProjectFigure(
    "Days from the baseline finish to the forecast finish",
    inputs=("finish_propagated", "finish_baseline"),
    derive=derived.slip_days,
)
HIDDEN_DELAY = ProjectFigure(
    "Days from the declared finish to the finish that dependencies allow",
    inputs=("finish_propagated", "finish_declared"),
    derive=derived.hidden_delay_days,
)
LIVE = ProjectFigure(
    "1 while the project is still to deliver something",
    "Live",
    value=_counted(lambda forecast: not _ended(forecast)),
    aggregate=COUNT,
    lines=records.live,
    of_amounts=False,
)
CLOSED_PROJECT = ProjectFigure(
    "1 once the project is closed",
    "Closed",
    value=_counted(lambda forecast: _ended(forecast) == CLOSED),
    aggregate=COUNT,
    lines=records.closed,
    of_amounts=False,
)
TERMINATED = ProjectFigure(
    "1 if the project stopped before it had delivered",
    "Terminated",
    value=_counted(lambda forecast: _ended(forecast) == STOPPED),
    aggregate=COUNT,
    lines=records.terminated,
    of_amounts=False,
)
STALE = ProjectFigure(
    "1 where the report of the project is too old to rely on",
    "Without a current report",
    value=_counted(lambda forecast: bool(forecast.health.get("stale"))),
    aggregate=COUNT,
    lines=records.stale,
    of_amounts=False,
)
BREACHES = ProjectFigure(
    "How many of its tolerances are broken",
    value=_breaches,
    aggregate=COUNT,
    lines=records.breaches,
    of_amounts=False,
)
HEALTH = ProjectFigure(
    "The worst of its dimensions",
    value=_health,
    aggregate=Aggregate.WORST,
    lines=records.health,
    of_amounts=False,
    moved_by=(records.BASELINE, records.COST, records.BUDGET_LINE, records.MOVEMENT),
)
