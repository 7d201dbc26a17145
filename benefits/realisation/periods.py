"""Periods of a profile or of measurements, and the days in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

ZERO = Decimal(0)
CENT = Decimal("0.01")
DAY = timedelta(days=1)
Span = tuple[date, date]  # first and last day


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, and a value: the amount in the period, or the level at its end. A
    forecast may say between which bounds the value lies."""

    start: date
    end: date
    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.end - self.start).days + 1


def total(periods: Iterable[Period]) -> Decimal:
    """The sum of the amounts."""
    return sum((period.value for period in periods), ZERO)


def signed_periods(polarity: int, periods: Iterable[Period]) -> list[Period]:
    """Return the periods with signed values: amounts of a dis-benefit (polarity -1) are negative,
    whatever sign they were written with."""
    if polarity > 0:
        return list(periods)
    return [Period(period.start, period.end, -abs(period.value)) for period in periods]


def without_overlap(periods: Sequence[Period]) -> list[Period]:
    """Return the periods in order of time with each day in only one of them: where two overlap, the
    later one of the sequence keeps the days, and the earlier one its share of the others."""
    ordered = sorted(periods, key=_by_end)
    if all(one.end < other.start for one, other in pairwise(ordered)):
        return ordered
    parts: list[Period] = []
    for period in reversed(periods):
        gaps = list(_gaps(period, sorted(parts, key=_by_end)))
        days = period.days
        parts += [Period(*gap, period.value * _length(gap) / days) for gap in gaps]
    return sorted(parts, key=_by_end)


def remainder(period: Period, covered: Iterable[Period]) -> Period | None:
    """Return the part of a period on days that are not covered, with its share of the amount by
    day; None where all days are covered. The `covered` periods do not overlap and are in order of
    time."""
    meeting = [span for span in covered if span.start <= period.end and span.end >= period.start]
    if not meeting:
        return period
    gaps = list(_gaps(period, meeting))
    if not gaps:
        return None
    days = sum(map(_length, gaps))
    return Period(gaps[0][0], gaps[-1][1], period.value * days / period.days)


def covered_share(period: Period, covered: Iterable[Period]) -> Decimal:
    """Return the share of a period's amount that falls on covered days; the covered periods do not
    overlap."""
    days = sum(
        max(0, (min(period.end, span.end) - max(period.start, span.start)).days + 1)
        for span in covered
    )
    return period.value * days / period.days if days else ZERO


Gap = tuple[date, date]


def _gaps(period: Period, covered: Iterable[Period]) -> Iterable[Gap]:
    """Yield the stretches of a period that are not covered, each by its first and last day."""
    start = period.start
    for span in covered:
        if span.end < start:
            continue
        if span.start > period.end:
            break
        if span.start > start:
            yield start, span.start - DAY
        start = span.end + DAY
    if start <= period.end:
        yield start, period.end


def _length(gap: Gap) -> int:
    return (gap[1] - gap[0]).days + 1


def _by_end(period: Period) -> tuple[date, date]:
    return period.end, period.start


# Fiscal years


def fiscal_year(day: date, start_month: int = 4) -> int:
    """The calendar year in which the day's fiscal year began: 2024-04-01 to 2025-03-31 is 2024."""
    return day.year if day.month >= start_month else day.year - 1


def spans(first: date, last: date, months: int, start_month: int = 4) -> Iterator[Span]:
    """Yield the first and the last day of each span of so many months, counted from the beginning
    of a fiscal year, from the span of the day `first` to that of the day `last`."""
    year, index = fiscal_year(first, start_month), 0
    while (start := _month(year, start_month + index * months)) <= last:
        index += 1
        end = _month(year, start_month + index * months) - DAY
        if end >= first:
            yield start, end


def months_after(day: date, months: int) -> date:
    """Return the day so many months later: the last one of a month after the last one of a month,
    and where that month is too short."""
    first, following = (_month(day.year, day.month + months + later) for later in (0, 1))
    last = following - DAY
    is_last = (day + DAY).day == 1
    return last if is_last or day.day > last.day else first.replace(day=day.day)


def _month(year: int, month: int) -> date:
    """Return the first day of a month, counted on from January of a year."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def by_fiscal_year(periods: Iterable[Period], start_month: int = 4) -> dict[int, Decimal]:
    """Return what the periods come to by the fiscal year in which each ends, to the hundredth.

    What is rounded is the sum up to each year, so that the years add up to the rounded whole.
    """
    years: dict[int, Decimal] = {}
    upto = rounded = ZERO
    for period in sorted(periods, key=_by_end):
        upto += period.value
        so_far = upto.quantize(CENT, ROUND_HALF_UP)
        year = fiscal_year(period.end, start_month)
        years[year] = years.get(year, ZERO) + so_far - rounded
        rounded = so_far
    return years
