"""Totals over benefits, what each project contributes, and where a programme stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from benefits.realisation.flow import FlowFigures, attainment, realised_share
from benefits.realisation.periods import ZERO
from programmes.health import Rag
from programmes.ratios import Ratio, ratio

ONE = Decimal(1)
NET = "net"
DIS_BENEFIT = "dis_benefit"


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One flow benefit as it enters a total."""

    category: str
    level: str
    monetised: bool
    figures: FlowFigures


@dataclass(frozen=True, slots=True)
class Total:
    """Signed sums over benefits of a category, or over all of them (net)."""

    planned_to_date: Decimal
    actual_to_date: Decimal
    planned_measured: Decimal
    whole_life_planned: Decimal
    forecast_outturn: Decimal
    confidence_weighted: Decimal
    attainment: Decimal | None
    attainment_reason: str | None
    realised_share: Ratio

    @property
    def variance_to_date(self) -> Decimal:
        """Actual less planned of the days that were measured."""
        return self.actual_to_date - self.planned_measured

    @property
    def forecast_variance(self) -> Decimal:
        """Forecast outturn less the whole-life plan."""
        return self.forecast_outturn - self.whole_life_planned


def totals(lines: Iterable[ValueLine]) -> dict[str, Total]:
    """Totals by category and "net"; only end, monetised benefits have a value to add (INV-3)."""
    counted = [line for line in lines if line.level == "end" and line.monetised]
    grouped: dict[str, list[FlowFigures]] = {}
    for line in counted:
        grouped.setdefault(line.category, []).append(line.figures)
    by_category = {
        category: _total_of(figures, -1 if category == DIS_BENEFIT else 1)
        for category, figures in grouped.items()
    }
    return by_category | {NET: _total_of([line.figures for line in counted], 1)}


def _total_of(figures: Sequence[FlowFigures], polarity: int) -> Total:
    def summed(name: str) -> Decimal:
        return sum((getattr(figure, name) for figure in figures), ZERO)

    actual, compared, whole = map(
        summed, ("actual_to_date", "planned_measured", "whole_life_planned")
    )
    attained = _unmeasured(figures) or attainment(polarity * compared, polarity * actual)
    return Total(
        planned_to_date=summed("planned_to_date"),
        actual_to_date=actual,
        planned_measured=compared,
        whole_life_planned=whole,
        forecast_outturn=summed("forecast_outturn"),
        confidence_weighted=summed("confidence_weighted"),
        attainment=attained.value,
        attainment_reason=attained.reason,
        realised_share=_unmeasured(figures) or realised_share(polarity * actual, polarity * whole),
    )


def _unmeasured(figures: Sequence[FlowFigures]) -> Ratio | None:
    """Undefined where something was due and nothing at all is measured."""
    due = any(figure.unmeasured for figure in figures)
    measured = any(figure.measured for figure in figures)
    return Ratio(None, "never_measured") if due and not measured else None


@dataclass(frozen=True, slots=True)
class Shares:
    """A benefit's value by project id; the parts and the unattributed rest sum to the value."""

    by_project: Mapping[int, Decimal]
    unattributed: Decimal


def project_shares(value: Decimal, weights: Mapping[int, Decimal]) -> Shares:
    """Split a value by contribution weight (each in (0, 1], together at most 1: INV-2)."""
    by_project = {project: weight * value for project, weight in weights.items()}
    return Shares(by_project, value - sum(by_project.values(), ZERO))


def achievement_index(weighted: Iterable[tuple[Decimal, Decimal | None]]) -> Ratio:
    """Weighted mean of (weight, achievement), each capped at 1: an excess hides no failure."""
    defined = [(weight, value) for weight, value in weighted if value is not None]
    reached = sum((weight * min(value, ONE) for weight, value in defined), ZERO)
    return ratio(reached, sum((weight for weight, _ in defined), ZERO), "nothing_measured")


def benefit_rag(
    attained: Decimal | None,
    green_at: Decimal = Decimal("0.95"),
    amber_at: Decimal = Decimal("0.80"),
) -> Rag:
    """Colour of an attainment: a bound belongs to the better colour, undefined is grey."""
    if attained is None:
        return Rag.GREY
    if attained >= green_at:
        return Rag.GREEN
    return Rag.AMBER if attained >= amber_at else Rag.RED


@dataclass(frozen=True, slots=True)
class WholeLife:
    """Benefits and costs to date and forecast over the whole life, undiscounted."""

    net_to_date: Decimal
    realised_share: Ratio
    remaining_benefits: Decimal
    remaining_cost: Decimal
    remaining_cost_share: Ratio
    bcr: Ratio


def whole_life(
    benefits_to_date: Decimal,
    benefits_forecast: Decimal,
    costs_to_date: Decimal,
    costs_forecast: Decimal,
) -> WholeLife:
    """Return where a programme stands between its first cost and its last benefit."""
    remaining_cost = costs_forecast - costs_to_date
    return WholeLife(
        net_to_date=benefits_to_date - costs_to_date,
        realised_share=ratio(benefits_to_date, benefits_forecast, "nothing_forecast"),
        remaining_benefits=benefits_forecast - benefits_to_date,
        remaining_cost=remaining_cost,
        remaining_cost_share=ratio(remaining_cost, costs_forecast, "no_cost"),
        bcr=ratio(benefits_forecast, costs_forecast, "no_cost"),
    )
