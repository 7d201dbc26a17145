"""Stock benefits: a level at the end of each period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from benefits.realisation.periods import DAY, Period
from programmes.ratios import Ratio


def achievement(baseline: Decimal, target: Decimal, actual: Decimal) -> Ratio:
    """Share of the way from baseline to target; a falling target works, nothing is clamped."""
    if target == baseline:
        return Ratio(None, "target_equals_baseline")
    return Ratio((actual - baseline) / (target - baseline))


@dataclass(frozen=True, slots=True)
class StockFigures:
    """Figures of a stock benefit, in its own unit. `reasons` maps each figure that is None to a
    code.

    `forecast_outturn` is the level forecast for the target date. `unmeasured_from` is the day after
    the last measured one, where a later level was planned by now.
    """

    latest: Decimal | None
    target_then: Decimal | None
    final_target: Decimal
    achievement: Decimal | None
    against_profile: Decimal | None
    variance_to_profile: Decimal | None
    remaining: Decimal | None
    forecast_outturn: Decimal | None = None
    unmeasured_from: date | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)


def stock_figures(
    baseline: Decimal,
    target: Decimal,
    planned: Sequence[Period],
    actual: Sequence[Period],
    as_of: date,
    forecast: Sequence[Period] = (),
    target_on: date | None = None,
) -> StockFigures:
    """Figures of a stock benefit: against its final target, and against its profile's level now."""
    measured, due = _reached(actual, as_of), _reached(planned, as_of)
    expected = _reached(forecast, target_on) if target_on else None
    latest, target_then = _level(measured), _level(due)
    ratios = {
        "achievement": _achieved(baseline, target, latest),
        "against_profile": Ratio(None, "nothing_planned_yet")
        if target_then is None or target_then == baseline
        else _achieved(baseline, target_then, latest),
        "forecast_outturn": Ratio(_level(expected), None if expected else "no_forecast"),
    }
    return StockFigures(
        latest=latest,
        target_then=target_then,
        final_target=target,
        variance_to_profile=_minus(latest, target_then),
        remaining=_minus(target, latest),
        unmeasured_from=_unmeasured(planned, measured, due),
        reasons={name: ratio.reason for name, ratio in ratios.items() if ratio.reason},
        **{name: ratio.value for name, ratio in ratios.items()},
    )


def _reached(periods: Iterable[Period], day: date) -> Period | None:
    """Return the last period that has ended by a day; of several with the same end, the last one of
    the sequence."""
    complete = [period for period in periods if period.end <= day]
    return max(reversed(complete), key=lambda period: period.end) if complete else None


def _level(period: Period | None) -> Decimal | None:
    return period.value if period else None


def _unmeasured(
    planned: Sequence[Period], measured: Period | None, due: Period | None
) -> date | None:
    if due is None or (measured and measured.end >= due.end):
        return None
    return measured.end + DAY if measured else min(period.start for period in planned)


def _achieved(baseline: Decimal, target: Decimal, latest: Decimal | None) -> Ratio:
    return (
        Ratio(None, "never_measured") if latest is None else achievement(baseline, target, latest)
    )


def _minus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one - other
