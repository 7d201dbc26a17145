"""Benefits in time: present values, and what a delay does to a forecast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from benefits.realisation.periods import ZERO, Period, fiscal_year, signed_periods, without_overlap
from programmes.appraisal import Schedule, present_value

ONE = Decimal(1)


def profile_present_value(
    polarity: int,
    profile: Sequence[Period],
    base_year: int,
    schedule: Schedule = Schedule.GREEN_BOOK,
    rate: Decimal | None = None,
    start_month: int = 4,
) -> Decimal:
    """Signed present value of a profile; the base fiscal year is year 0, undiscounted."""
    flows = [
        (fiscal_year(period.end, start_month) - base_year, period.value)
        for period in signed_periods(polarity, without_overlap(profile))
    ]
    return present_value(flows, schedule, rate)


def shifted_forecast(values: Sequence[Decimal], delay: Decimal) -> list[Decimal]:
    """Return a forecast by period, delayed by a number of periods (>= 0), over the same horizon.

    F'(k) = (1 - f) F(k - n) + f F(k - n - 1), with n whole periods and a fraction f.
    """
    whole = int(delay)
    part = delay - whole
    padded = [ZERO] * (whole + 1) + list(values)
    return [(1 - part) * padded[k + 1] + part * padded[k] for k in range(len(values))]


def delayed_forecast(
    values: Sequence[Decimal], moves: Iterable[tuple[Decimal, Decimal | None]]
) -> list[Decimal]:
    """Return a forecast by period in which each contribution is as late as its project, over the
    same horizon.

    `moves`: the weight of a contribution and the delay of its project in periods (>= 0), None for a
    project that will not deliver. The part of the forecast without a move stays as it is.
    """
    result = list(values)
    for weight, delay in moves:
        then = [ZERO] * len(values) if delay is None else shifted_forecast(values, delay)
        result = [
            now + weight * (new - old) for now, new, old in zip(result, then, values, strict=True)
        ]
    return result
