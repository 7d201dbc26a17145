"""Benefits: planned, realised and forecast; what each project contributes; what a delay costs.

Money is Decimal in one currency and one price base, in real terms. Only verified measurements come
in, and only complete periods (ended by the status date) count as planned to date or realised.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from programmes.appraisal import Schedule, present_value
from programmes.health import Rag
from programmes.ratios import Ratio, ratio

ZERO = Decimal(0)
ONE = Decimal(1)
NET = "net"
DIS_BENEFIT = "dis_benefit"


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, and a magnitude: the amount in the period, or the level at its end."""

    start: date
    end: date
    value: Decimal


def attainment(planned: Decimal, actual: Decimal) -> Ratio:
    """Actual over planned to date; undefined unless something positive was planned.

    -362 against -290 is worse, not 125 %: show the variance instead.
    """
    if planned <= 0:
        return Ratio(None, "planned_net_not_positive" if planned else "nothing_planned_yet")
    return Ratio(actual / planned)


def achievement(baseline: Decimal, target: Decimal, actual: Decimal) -> Ratio:
    """Share of the way from baseline to target; a falling target works, nothing is clamped."""
    return ratio(actual - baseline, target - baseline, "target_equals_baseline")


# Flow benefits: an amount in each period


@dataclass(frozen=True, slots=True)
class FlowFigures:
    """Signed money; of a dis-benefit, attainment compares magnitudes and more than 1 is worse."""

    planned_to_date: Decimal
    actual_to_date: Decimal
    attainment: Decimal | None
    attainment_reason: str | None
    variance_to_date: Decimal
    whole_life_planned: Decimal
    forecast_outturn: Decimal
    confidence_weighted: Decimal
    remaining: Decimal

    @property
    def realised_share(self) -> Ratio:
        """Realised over the whole-life plan."""
        return ratio(self.actual_to_date, self.whole_life_planned, "nothing_planned")


def flow_figures(
    polarity: int,
    planned: Sequence[Period],
    actual: Sequence[Period],
    forecast: Sequence[Period],
    confidence: Decimal,
    as_of: date,
) -> FlowFigures:
    """Figures of a flow benefit; polarity is 1, or -1 for a dis-benefit.

    The forecast counts for the days no verified actual covers, so that no day counts twice.
    `confidence` (0 to 1) weighs only what is still to come.
    """
    counted = [period for period in actual if period.end <= as_of]
    planned_to_date = polarity * _total(period for period in planned if period.end <= as_of)
    actual_to_date = polarity * _total(counted)
    to_come = polarity * sum((_uncovered(period, counted) for period in forecast), ZERO)
    attained = attainment(polarity * planned_to_date, polarity * actual_to_date)
    return FlowFigures(
        planned_to_date=planned_to_date,
        actual_to_date=actual_to_date,
        attainment=attained.value,
        attainment_reason=attained.reason,
        variance_to_date=actual_to_date - planned_to_date,
        whole_life_planned=polarity * _total(planned),
        forecast_outturn=actual_to_date + to_come,
        confidence_weighted=actual_to_date + confidence * to_come,
        remaining=to_come,
    )


def _total(periods: Iterable[Period]) -> Decimal:
    return sum((period.value for period in periods), ZERO)


def _uncovered(period: Period, counted: Iterable[Period]) -> Decimal:
    """The part of a forecast that falls on days without a verified actual."""
    days = (period.end - period.start).days + 1
    covered = sum(_overlap(period, other) for other in counted)
    return period.value * max(0, days - covered) / days


def _overlap(one: Period, other: Period) -> int:
    return max(0, (min(one.end, other.end) - max(one.start, other.start)).days + 1)


# Stock benefits: a level


@dataclass(frozen=True, slots=True)
class StockFigures:
    """Levels in the benefit's own unit. `reasons` maps each ratio that is None to a code."""

    latest: Decimal | None
    target_then: Decimal | None
    final_target: Decimal
    achievement: Decimal | None
    against_profile: Decimal | None
    variance_to_profile: Decimal | None
    remaining: Decimal | None
    reasons: Mapping[str, str] = field(default_factory=dict)


def stock_figures(
    baseline: Decimal,
    target: Decimal,
    planned: Sequence[Period],
    actual: Sequence[Period],
    as_of: date,
) -> StockFigures:
    """Figures of a stock benefit: against its final target, and against its profile's level now."""
    latest, target_then = _level(actual, as_of), _level(planned, as_of)
    ratios = {
        "achievement": _achieved(baseline, target, latest),
        "against_profile": Ratio(None, "nothing_planned_yet")
        if target_then is None or target_then == baseline
        else _achieved(baseline, target_then, latest),
    }
    return StockFigures(
        latest=latest,
        target_then=target_then,
        final_target=target,
        variance_to_profile=_minus(latest, target_then),
        remaining=_minus(target, latest),
        reasons={name: each.reason for name, each in ratios.items() if each.reason},
        **{name: each.value for name, each in ratios.items()},
    )


def _level(periods: Iterable[Period], as_of: date) -> Decimal | None:
    complete = [period for period in periods if period.end <= as_of]
    return max(complete, key=lambda period: period.end).value if complete else None


def _achieved(baseline: Decimal, target: Decimal, latest: Decimal | None) -> Ratio:
    return (
        Ratio(None, "not_measured_yet") if latest is None else achievement(baseline, target, latest)
    )


def _minus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one - other


# Totals over benefits


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
    whole_life_planned: Decimal
    forecast_outturn: Decimal
    confidence_weighted: Decimal
    attainment: Decimal | None
    attainment_reason: str | None

    @property
    def variance_to_date(self) -> Decimal:
        """Actual less planned to date."""
        return self.actual_to_date - self.planned_to_date

    @property
    def forecast_variance(self) -> Decimal:
        """Forecast outturn less the whole-life plan."""
        return self.forecast_outturn - self.whole_life_planned

    @property
    def realised_share(self) -> Ratio:
        """Realised over the whole-life plan."""
        return ratio(self.actual_to_date, self.whole_life_planned, "nothing_planned")


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
    planned = sum((each.planned_to_date for each in figures), ZERO)
    actual = sum((each.actual_to_date for each in figures), ZERO)
    attained = attainment(polarity * planned, polarity * actual)
    return Total(
        planned_to_date=planned,
        actual_to_date=actual,
        whole_life_planned=sum((each.whole_life_planned for each in figures), ZERO),
        forecast_outturn=sum((each.forecast_outturn for each in figures), ZERO),
        confidence_weighted=sum((each.confidence_weighted for each in figures), ZERO),
        attainment=attained.value,
        attainment_reason=attained.reason,
    )


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


# Time


def fiscal_year(day: date, start_month: int = 4) -> int:
    """The calendar year in which the day's fiscal year began: 2024-04-01 to 2025-03-31 is 2024."""
    return day.year if day.month >= start_month else day.year - 1


def profile_present_value(
    polarity: int,
    profile: Iterable[Period],
    base_year: int,
    schedule: Schedule = Schedule.GREEN_BOOK,
    rate: Decimal | None = None,
    start_month: int = 4,
) -> Decimal:
    """Signed present value of a profile; the base fiscal year is year 0, undiscounted."""
    flows = [
        (fiscal_year(period.end, start_month) - base_year, polarity * period.value)
        for period in profile
    ]
    return present_value(flows, schedule, rate)


def shifted(values: Sequence[Decimal], delay: Decimal) -> list[Decimal]:
    """A forecast by period, that much later (in periods, >= 0), over the same horizon.

    F'(k) = (1 - f) F(k - n) + f F(k - n - 1), with n whole periods and a fraction f.
    """
    whole = int(delay)
    part = delay - whole
    padded = [ZERO] * (whole + 1) + list(values)
    return [(1 - part) * padded[k + 1] + part * padded[k] for k in range(len(values))]


def value_lost(values: Sequence[Decimal], delay: Decimal, weight: Decimal = ONE) -> Decimal:
    """What a delay moves beyond the horizon, for a contribution of that weight."""
    return weight * (sum(values, ZERO) - sum(shifted(values, delay), ZERO))


def followed(
    values: Sequence[Decimal], moves: Iterable[tuple[Decimal, Decimal | None]]
) -> list[Decimal]:
    """A forecast by period when contributions follow their projects, over the same horizon.

    `moves`: the weight of a contribution and the delay of its project in periods (>= 0), None for
    a project that will not deliver. What nothing moved contributes stays where it is.
    """
    result = list(values)
    for weight, delay in moves:
        then = [ZERO] * len(values) if delay is None else shifted(values, delay)
        result = [
            now + weight * (new - old) for now, new, old in zip(result, then, values, strict=True)
        ]
    return result


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
    """Where a programme stands between its first cost and its last benefit."""
    remaining_cost = costs_forecast - costs_to_date
    return WholeLife(
        net_to_date=benefits_to_date - costs_to_date,
        realised_share=ratio(benefits_to_date, benefits_forecast, "nothing_forecast"),
        remaining_benefits=benefits_forecast - benefits_to_date,
        remaining_cost=remaining_cost,
        remaining_cost_share=ratio(remaining_cost, costs_forecast, "no_cost"),
        bcr=ratio(benefits_forecast, costs_forecast, "no_cost"),
    )
