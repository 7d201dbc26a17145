"""The trend of a milestone over its reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

DAY_FOR_DAY_SLOPE = 0.8  # days of slip per day elapsed: a milestone that never comes nearer


@dataclass(frozen=True, slots=True)
class MilestoneTrend:
    """Increments of slip in days, the first one from the baseline; `slope` is days per day."""

    increments: tuple[int, ...]
    latest_slip: int
    slope: float | None
    trend: str


def milestone_trend(slip_days: Sequence[int], reported_on: Sequence[date] = ()) -> MilestoneTrend:
    """How a milestone moves over its reports (oldest first, at least one).

    `trend` is stable, recovering, day_for_day, accelerating_slip or slipping. The slope is the
    least squares of slip on report date, None with fewer than two report dates.
    """
    increments = tuple(now - then for then, now in pairwise([0, *slip_days]))
    slope = _slope([day.toordinal() for day in reported_on], slip_days) if reported_on else None
    return MilestoneTrend(increments, slip_days[-1], slope, _trend(increments, slope))


def _trend(increments: Sequence[int], slope: float | None) -> str:
    if not any(increments):
        return "stable"
    if increments[-1] < 0:
        return "recovering"
    if slope is not None and slope >= DAY_FOR_DAY_SLOPE:
        return "day_for_day"
    if len(increments) > 1 and all(b > a for a, b in pairwise(increments)):
        return "accelerating_slip"
    return "slipping"


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    if not spread:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
