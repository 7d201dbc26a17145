"""The percentiles that are shown, and how they are read off draws.

To add one, add a share to `SHARES` here and in `projects/risk/total.py`, a field to `Range`, to
`Finish` (`finish.py`) and to `Distribution` (`projects/risk/total.py`), and a metric in
`programmes/rollup/metrics/risk.py`; raise `ENGINE_VERSION`, since stored ranges get another shape;
and show it in `serializers/ranges.py`, `api/ranges.py`, `views/risk.py` and `pm-exposure.ts`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

SHARES = (Decimal("0.1"), Decimal("0.5"), Decimal("0.8"), Decimal("0.9"))
CURVE_POINTS = 60


def percentile(ordered: np.ndarray, q: float) -> float:
    """Return the smallest drawn value v with at least a share q of the draws at or below it."""
    return float(ordered[rank(q, len(ordered))])


def percentiles_of(drawn: np.ndarray, shares: Sequence[float]) -> list[float]:
    """Return percentiles of draws in any order, without sorting them all."""
    ranks = [rank(q, len(drawn)) for q in shares]
    values: list[float] = np.partition(drawn, ranks)[ranks].tolist()
    return values


def rank(q: float, count: int) -> int:
    """Return the place of the percentile of share q among so many draws in order, from 0."""
    return max(0, math.ceil(q * count - 1e-9) - 1)


@dataclass(frozen=True, slots=True)
class Range:
    """An uncertain total, simulated; `curve` is (value, share of draws at or below it).

    `accepted` says that the mean lies within four standard errors of the analytic one: a
    simulation that misses it is not to be relied on.
    """

    draws: int
    mean: float
    sd: float
    standard_error: float
    analytic_mean: float
    accepted: bool
    p10: float
    p50: float
    p80: float
    p90: float
    none: float  # the share of draws with a total of 0 or less
    curve: tuple[tuple[float, float], ...]


def summed_up(total: np.ndarray, analytic_mean: float, least_sd: float = 0) -> Range:
    """Return the range of simulated totals. `least_sd` is a spread known to be there: of rare
    events the sample may have none, and its own spread would then allow no error of the mean."""
    ordered = np.sort(total)
    mean, sd = float(total.mean()), float(total.std(ddof=1))
    error = sd / math.sqrt(len(total))
    allowed = 4 * max(error, least_sd / math.sqrt(len(total))) + 1e-9 * (1 + abs(analytic_mean))
    return Range(
        draws=len(total),
        mean=mean,
        sd=sd,
        standard_error=error,
        analytic_mean=analytic_mean,
        accepted=abs(mean - analytic_mean) <= allowed,
        p10=percentile(ordered, 0.1),
        p50=percentile(ordered, 0.5),
        p80=percentile(ordered, 0.8),
        p90=percentile(ordered, 0.9),
        none=float(np.searchsorted(ordered, 0, side="right")) / len(ordered),
        curve=_curve(ordered),
    )


def _curve(ordered: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Up to 60 points of the cumulative distribution, evenly apart up to its last thousandth."""
    least, most = float(ordered[0]), float(ordered[-1])
    if least == most:
        return ((least, 1.0),)
    values = [*np.linspace(least, percentile(ordered, 0.999), CURVE_POINTS - 1), most]
    shares = np.searchsorted(ordered, values, side="right") / len(ordered)
    return tuple((float(v), float(s)) for v, s in zip(values, shares, strict=True))
