"""The trend of a milestone over its reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

DAY_FOR_DAY_SLOPE = 0.8  # days of slip per day: from here on the milestone hardly comes nearer


@dataclass(frozen=True, slots=True)
class MilestoneTrend:
    """Increments of slip in days, the first one from the baseline; `slope` is days per day."""

    increments: tuple[int, ...]
    latest_slip: int
    slope: float | None
    trend: str


def milestone_trend(slip_days: Sequence[int], reported_on: Sequence[date] = ()) -> MilestoneTrend:
    """Return how a milestone moves over its reports (oldest first, at least one).

    `trend` is stable, recovering, day_for_day, accelerating_slip or slipping, and reads the changes
    between reports, not the first slip from the baseline. The slope is the least squares of slip
    on report date, None with fewer than two report dates.
    """
    increments = tuple(now - then for then, now in pairwise([0, *slip_days]))
    slope = _slope([day.toordinal() for day in reported_on], slip_days) if reported_on else None
    trend = _trend(slip_days[-1], increments[1:], slope)
    return MilestoneTrend(increments, slip_days[-1], slope, trend)


def _trend(slip: int, changes: Sequence[int], slope: float | None) -> str:
    """The first label that applies."""
    if len(changes) > 1 and not any(changes[-2:]):
        return "stable"
    if slip <= 0 and not any(changes):
        return "stable"
    last = changes[-1] if changes else 0
    if last < 0:
        return "recovering"
    if slope is not None and slope >= DAY_FOR_DAY_SLOPE:
        return "day_for_day"
    larger = all(later > earlier for earlier, later in pairwise(changes))
    if larger and sum(change > 0 for change in changes) > 1:
        return "accelerating_slip"
    return "slipping" if last > 0 else "stable"


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    if not spread:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
