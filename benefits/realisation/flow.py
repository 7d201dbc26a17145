"""Flow benefits: an amount in each period, planned, measured and still to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from benefits.realisation.periods import (
    ZERO,
    Period,
    covered_share,
    remainder,
    signed_periods,
    total,
    without_overlap,
)
from programmes.ratios import Ratio, ratio


def attainment(planned: Decimal, actual: Decimal) -> Ratio:
    """Actual over planned of the same days; undefined unless something positive was planned.

    -362 against -290 is worse, not 125 %: show the variance instead.
    """
    return ratio(actual, planned, "nothing_planned_yet", negative="planned_net_not_positive")


@dataclass(frozen=True, slots=True)
class FlowFigures:
    """Figures of a flow benefit: signed money. Of a dis-benefit, attainment compares magnitudes and
    more than 1 is worse.

    `planned_measured` is the plan of the days that verified measurements cover; attainment and
    variance compare with it. `planned`, `measured` and `to_come` are the signed periods behind the
    amounts, without overlaps, so that their sums by year add up to the amounts. `unmeasured` are
    the planned periods, or parts of them, that are over and have no measurement. `not_forecast` is
    the reason why the outturn is incomplete, or "".
    """

    planned_to_date: Decimal
    actual_to_date: Decimal
    planned_measured: Decimal
    attainment: Decimal | None
    attainment_reason: str | None
    variance_to_date: Decimal | None
    whole_life_planned: Decimal
    forecast_outturn: Decimal
    confidence_weighted: Decimal
    remaining: Decimal
    realised_share: Ratio
    planned: Sequence[Period]
    measured: Sequence[Period]
    to_come: Sequence[Period]
    unmeasured: Sequence[Period]
    not_forecast: str

    @property
    def unmeasured_from(self) -> date | None:
        """The first day that was planned, is over and has no measurement."""
        return min((period.start for period in self.unmeasured), default=None)

    @property
    def not_measured(self) -> str:
        """Return why the actual is incomplete: `never_measured`, or `not_measured` where only a
        part is; "" where it is complete."""
        if not self.unmeasured:
            return ""
        return "not_measured" if self.measured else "never_measured"

    @property
    def has_outturn(self) -> bool:
        """Return whether anything is measured or forecast: otherwise the outturn is not known."""
        return bool(self.measured) or self.not_forecast != "no_forecast"

    @property
    def outturn(self) -> Sequence[Period]:
        """Return what was measured, and the forecast of every other day."""
        return [*self.measured, *self.to_come]


def flow_figures(
    polarity: int,
    planned: Sequence[Period],
    actual: Sequence[Period],
    forecast: Sequence[Period],
    confidence: Decimal,
    as_of: date,
) -> FlowFigures:
    """Figures of a flow benefit; polarity is 1, or -1 for a dis-benefit.

    The forecast counts for the days no verified actual covers, past ones too, so that no day counts
    twice and none is taken for nothing. `confidence` (0 to 1) weighs only what is still to come.
    """
    plan, expected = (
        without_overlap(signed_periods(polarity, planned)),
        without_overlap(signed_periods(polarity, forecast)),
    )
    measured = without_overlap(
        [period for period in signed_periods(polarity, actual) if period.end <= as_of]
    )
    due = [period for period in plan if period.end <= as_of and period.value]
    unmeasured = [left for period in due if (left := remainder(period, measured))]
    to_come = [left for period in expected if (left := remainder(period, measured))]
    realised, remaining, whole_life = total(measured), total(to_come), total(plan)
    compared = sum((covered_share(period, measured) for period in plan), ZERO)
    never = bool(unmeasured) and not measured
    attained = (
        Ratio(None, "never_measured")
        if never
        else attainment(polarity * compared, polarity * realised)
    )
    return FlowFigures(
        planned_to_date=total(period for period in plan if period.end <= as_of),
        actual_to_date=realised,
        planned_measured=compared,
        attainment=attained.value,
        attainment_reason=attained.reason,
        variance_to_date=None if never else realised - compared,
        whole_life_planned=whole_life,
        forecast_outturn=realised + remaining,
        confidence_weighted=realised + confidence * remaining,
        remaining=remaining,
        realised_share=Ratio(None, "never_measured")
        if never
        else realised_share(polarity * realised, polarity * whole_life),
        planned=plan,
        measured=measured,
        to_come=to_come,
        unmeasured=unmeasured,
        not_forecast=_not_forecast(plan, measured, expected, unmeasured),
    )


def spread_to_come(
    polarity: int, forecast: Sequence[Period], actual: Sequence[Period], as_of: date
) -> tuple[Decimal, Decimal] | None:
    """Return the least and the most of what is still to come, signed: all periods are at their
    lower, or all at their upper bound. A period without bounds counts with its forecast; None where
    no period has bounds."""
    if all(period.low is None for period in forecast):
        return None
    measured = without_overlap(
        [period for period in signed_periods(polarity, actual) if period.end <= as_of]
    )

    def left(bound: str) -> Decimal:
        values = [
            Period(span.start, span.end, span.value if span.low is None else getattr(span, bound))
            for span in forecast
        ]
        rests = (
            remainder(period, measured)
            for period in without_overlap(signed_periods(polarity, values))
        )
        return total(part for part in rests if part)

    ends = left("low"), left("high")
    return min(ends), max(ends)


def realised_share(actual: Decimal, whole_life: Decimal) -> Ratio:
    """Realised over the whole-life plan, as magnitudes; undefined unless that is positive."""
    return ratio(actual, whole_life, "nothing_planned", negative="planned_net_not_positive")


def _not_forecast(
    plan: Sequence[Period],
    measured: Sequence[Period],
    forecast: Sequence[Period],
    unmeasured: Sequence[Period],
) -> str:
    """Return why the outturn is incomplete: `no_forecast` where nothing is forecast and not all of
    the plan is measured, `not_measured` where past days have neither measurement nor forecast; else
    ""."""
    if not forecast:
        complete = plan and not any(remainder(period, measured) for period in plan)
        return "" if complete else "no_forecast"
    missing = any(remainder(period, forecast) for period in unmeasured)
    return "not_measured" if missing else ""
