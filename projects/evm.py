"""Cost and earned value (PMI practice standard) and earned schedule (Lipke).

Money is Decimal in one currency and one price base, at full precision; nothing is rounded here and
no rounded index is ever an input. An undefined figure is None and `reasons` names why.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from programmes.ratios import Ratio, ratio

ZERO, CENT = Decimal(0), Decimal("0.01")


# Planned and earned value


def profile_points(
    profile: Sequence[Sequence[Any]], start: date, finish: date, budget: Decimal
) -> list[tuple[date, Decimal]]:
    """Return the cumulative planned value by day, from a profile as a baseline stores it: it rises
    from 0 at the start to the first point. Without a profile the budget is spent evenly."""
    if not profile:
        return [(start, ZERO), (finish, budget)]
    points = [(date.fromisoformat(day), Decimal(str(value))) for day, value in profile]
    return [(start, ZERO), *points] if start < points[0][0] else points


def planned_value(profile: Sequence[tuple[date, Decimal]], as_of: date) -> Decimal:
    """Planned value at `as_of` from cumulative (date, value) points in order of date.

    0 before the first point, linear by calendar day between points, the last value after the last.
    """
    if not profile or as_of < profile[0][0]:
        return ZERO
    if as_of >= profile[-1][0]:
        return profile[-1][1]
    (start, low), (end, high) = next(pair for pair in pairwise(profile) if as_of < pair[1][0])
    return low + (high - low) * (as_of - start).days / (end - start).days


def planned_together(
    profiles: Iterable[Sequence[tuple[date, Decimal]]], today: date
) -> list[tuple[date, Decimal]]:
    """Return the sum of several planned value profiles as cumulative points, each plan rounded half
    up to the cent as in the ledger.

    The result has a point today, so that the value of today is exact, and one on the day before
    each profile begins, since a profile may jump to a value on its first day.
    """
    plans = list(profiles)
    days = {day for plan in plans for day, _ in plan}
    begins, ends = min(days), max(days)
    between = {today, *(plan[0][0] - timedelta(days=1) for plan in plans)}
    days |= {day for day in between if begins < day < ends}

    def cents(plan: Sequence[tuple[date, Decimal]], day: date) -> Decimal:
        return planned_value(plan, day).quantize(CENT, ROUND_HALF_UP)

    return [(day, sum((cents(plan, day) for plan in plans), ZERO)) for day in sorted(days)]


def planned_apart(
    profile: Iterable[tuple[date, Decimal]], share: Decimal
) -> tuple[list[tuple[date, Decimal]], list[tuple[date, Decimal]]]:
    """Return two cumulative profiles: a share (0 to 1) of a profile, to the cent, and the rest of
    it."""
    points = [(day, value, (value * share).quantize(CENT)) for day, value in profile]
    return (
        [(day, part) for day, _, part in points],
        [(day, value - part) for day, value, part in points],
    )


def earned_value(bac: Decimal, percent_complete: Decimal) -> Decimal:
    """Budget at completion times percent complete (0 to 100)."""
    return bac * percent_complete / 100


@dataclass(frozen=True, slots=True)
class EarnedValue:
    """The earned value figures of one project, or of one sum of projects.

    `eac` is that of `estimate_at_completion`; `etc`, `vac` and `tcpi_eac` follow from it. `reasons`
    maps the name of each figure that is None to a code.
    """

    bac: Decimal
    pv: Decimal
    ev: Decimal
    ac: Decimal
    cv: Decimal
    sv: Decimal
    cpi: Decimal | None
    spi: Decimal | None
    eac_cpi: Decimal | None
    eac_atypical: Decimal
    eac_cpi_spi: Decimal | None
    eac_bottom_up: Decimal | None
    eac: Decimal
    etc: Decimal
    vac: Decimal
    tcpi_bac: Decimal | None
    tcpi_eac: Decimal | None
    pct_complete: Decimal | None
    pct_spent: Decimal | None
    reasons: Mapping[str, str] = field(default_factory=dict)


def metrics(
    bac: Decimal, pv: Decimal, ev: Decimal, ac: Decimal, etc: Decimal | None = None
) -> EarnedValue:
    """Return all earned value figures at one status date; of several projects, from their sums.

    The formulas of the PMI practice standard; percentages are fractions of 1.
    """
    eac = estimate_at_completion(ac, etc, bac, ev).value
    assert eac is not None  # noqa: S101  # there is a budget
    ratios = {
        "cpi": cost_performance(ev, ac),
        "spi": schedule_performance(ev, pv),
        "eac_cpi": eac_typical(bac, ev, ac),
        "eac_cpi_spi": _eac_combined(bac, pv, ev, ac),
        "tcpi_bac": tcpi(bac, ev, ac, bac),
        "tcpi_eac": tcpi(bac, ev, ac, eac),
        "pct_complete": ratio(ev, bac, "no_budget"),
        "pct_spent": ratio(ac, bac, "no_budget"),
    }
    return EarnedValue(
        bac=bac,
        pv=pv,
        ev=ev,
        ac=ac,
        cv=ev - ac,
        sv=ev - pv,
        eac_atypical=ac + (bac - ev),
        eac_bottom_up=None if etc is None else eac,
        eac=eac,
        etc=eac - ac,
        vac=bac - eac,
        reasons={name: figure.reason for name, figure in ratios.items() if figure.reason},
        **{name: figure.value for name, figure in ratios.items()},
    )


def cost_performance(ev: Decimal, ac: Decimal) -> Ratio:
    """Earned value over actual cost (CPI)."""
    return ratio(ev, ac, "no_actual_cost", negative="actual_cost_negative")


def schedule_performance(ev: Decimal, pv: Decimal) -> Ratio:
    """Earned over planned value (SPI)."""
    return ratio(ev, pv, "nothing_planned_yet", negative="planned_value_negative")


def indices(
    bac: Decimal | None, pv: Decimal | None, ev: Decimal | None, ac: Decimal
) -> dict[str, Ratio]:
    """Return CPI, SPI and BAC / CPI (`eac_cpi`) of a project; all undefined without a baseline."""
    if bac is None or pv is None or ev is None:
        return dict.fromkeys(("cpi", "spi", "eac_cpi"), Ratio(None, "no_baseline"))
    return {
        "cpi": cost_performance(ev, ac),
        "spi": schedule_performance(ev, pv),
        "eac_cpi": eac_typical(bac, ev, ac),
    }


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate at completion, None where it is not known; `basis` names what it is computed
    from."""

    value: Decimal | None
    basis: str


def estimate_at_completion(
    ac: Decimal, etc: Decimal | None, bac: Decimal | None, ev: Decimal | None
) -> Estimate:
    """Return actual cost plus what is still to be spent: the bottom-up estimate (`etc`) or, without
    one, the budget that is not earned yet, BAC - EV. BAC / CPI is another figure (`eac_typical`),
    and never used here."""
    if etc is not None:
        return Estimate(ac + etc, "bottom_up")
    if bac is None or ev is None:
        return Estimate(None, "no_baseline")
    return Estimate(ac + (bac - ev), "remaining_at_budget")


def to_go_by_line(lines: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return what is still to be spent, from (forecast, actual) of each budget line; no line counts
    below 0."""
    return sum((max(ZERO, forecast - actual) for forecast, actual in lines), ZERO)


def holding(value: Decimal, low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """Return the bounds of an estimate, widened to the estimate where it has moved beyond them."""
    return min(low, value), max(high, value)


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """The forecast of a budget line, the cost posted to it, and the stated bounds of the forecast.
    The bounds are None where the forecast is taken as it is."""

    forecast: Decimal
    actual: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


def to_go_bounds(lines: Sequence[ForecastLine]) -> tuple[Decimal, Decimal] | None:
    """Return the least and the most of what is still to be spent: all lines are at their lower, or
    all at their upper bound. None where no line has bounds."""
    if all(line.low is None for line in lines):
        return None
    ends = [
        (line.forecast, line.forecast)
        if line.low is None or line.high is None
        else holding(line.forecast, line.low, line.high)
        for line in lines
    ]
    least, most = (
        to_go_by_line((end, line.actual) for end, line in zip(side, lines, strict=True))
        for side in zip(*ends, strict=True)
    )
    return least, most


def eac_typical(bac: Decimal, ev: Decimal, ac: Decimal) -> Ratio:
    """BAC / CPI: what it will cost if the rest costs as much for its worth as what is done."""
    index = cost_performance(ev, ac)
    if index.value is None:
        return index
    return ratio(bac * ac, ev, "nothing_earned")


def _eac_combined(bac: Decimal, pv: Decimal, ev: Decimal, ac: Decimal) -> Ratio:
    for index in (cost_performance(ev, ac), schedule_performance(ev, pv)):
        if index.value is None:
            return index
    to_go = ratio((bac - ev) * ac * pv, ev * ev, "nothing_earned")
    return _derived(to_go, lambda value: ac + value)


def _derived(source: Ratio, formula: Callable[[Decimal], Decimal]) -> Ratio:
    return source if source.value is None else Ratio(formula(source.value))


def tcpi(bac: Decimal, ev: Decimal, ac: Decimal, target: Decimal) -> Ratio:
    """Cost performance the remaining work needs to land on `target`: the BAC, or an EAC."""
    if ev >= bac:
        return Ratio(None, "nothing_left")
    if target <= ac:
        return Ratio(None, "budget_exhausted")
    return Ratio((bac - ev) / (target - ac))


# Earned schedule


@dataclass(frozen=True, slots=True)
class EarnedSchedule:
    """Times in the unit of the profile, counted from its start."""

    es: Decimal
    sv_t: Decimal
    spi_t: Decimal | None
    ieac_t: Decimal | None
    tspi: Decimal | None
    planned_duration: Decimal
    reasons: Mapping[str, str] = field(default_factory=dict)


def time_axis(
    profile: Sequence[tuple[date, Decimal]], start: date
) -> tuple[list[Decimal], list[Decimal]]:
    """A dated cumulative profile as (days since start, values), for `earned_schedule`."""
    dated = profile if profile and profile[0][0] <= start else [(start, ZERO), *profile]
    return [Decimal((day - start).days) for day, _ in dated], [value for _, value in dated]


def earned_schedule(
    times: Sequence[Decimal], pv: Sequence[Decimal], ev: Decimal, at: Decimal
) -> EarnedSchedule:
    """Earned schedule from cumulative planned values at ascending times (of equal number, >= 1).

    A flat stretch of plan equal to the earned value counts to its end; all of the budget earned
    counts to the first time the plan reaches it; before the first point the plan rises from 0 at
    time 0. (Lipke)
    """
    planned_duration = _first_time(times, pv, pv[-1])
    es = planned_duration if ev >= pv[-1] else _time_of(times, pv, ev)
    spi = ratio(es, at, "no_time_elapsed")
    ieac = Ratio(None, spi.reason)
    if spi.value is not None:
        ieac = ratio(planned_duration, spi.value, "nothing_earned")
    tspi = Ratio(None, "planned_duration_passed")
    if at < planned_duration:
        tspi = Ratio((planned_duration - es) / (planned_duration - at))
    ratios = {"spi_t": spi, "ieac_t": ieac, "tspi": tspi}
    return EarnedSchedule(
        es=es,
        sv_t=es - at,
        planned_duration=planned_duration,
        reasons={name: figure.reason for name, figure in ratios.items() if figure.reason},
        **{name: figure.value for name, figure in ratios.items()},
    )


def _first_time(times: Sequence[Decimal], pv: Sequence[Decimal], value: Decimal) -> Decimal:
    return next(time for time, planned in zip(times, pv, strict=True) if planned >= value)


def _time_of(times: Sequence[Decimal], pv: Sequence[Decimal], ev: Decimal) -> Decimal:
    if ev < pv[0]:  # planned from nothing at the start up to the first point
        return times[0] * ev / pv[0]
    last = max(index for index, planned in enumerate(pv) if planned <= ev)
    share = (ev - pv[last]) / (pv[last + 1] - pv[last])
    return times[last] + share * (times[last + 1] - times[last])


# Cost


def budget_released(approved: Decimal, eac: Decimal) -> Decimal:
    """Return what a terminated project leaves of its approved budget: released, not saved. An
    overrun is an overrun still, and releases nothing."""
    return max(ZERO, approved - eac)


def funding_cover(
    contingency_remaining: Decimal, eac: Decimal, approved: Decimal, p80: Decimal = ZERO
) -> Ratio:
    """Remaining contingency over the forecast overrun plus the P80 of counted risk, neither of them
    below 0.

    `approved` is without contingency. Below 1 the P80 is not funded, below 0 more was given than
    there was; nothing to cover is undefined, and gains of opportunities cover nothing.
    """
    to_cover = max(ZERO, eac - approved) + max(ZERO, p80)
    return ratio(contingency_remaining, to_cover, "nothing_to_cover")
