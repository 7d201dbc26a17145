"""Risk: expected value, spread, the distribution of a sum of risks, and the 5x5 matrix.

Impacts are in one currency (or in days); probabilities are fractions of 1. Exposure counts threats
as positive and opportunities as negative.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

ZERO = Decimal(0)
ONE = Decimal(1)
CENT = Decimal("0.01")
QUANTILES = (Decimal("0.5"), Decimal("0.8"), Decimal("0.9"))
FLOAT_ERROR = 1e-9  # of a cumulative probability, tolerated when a percentile is read
GRID_POINTS = 4096
MOST_ENUMERATED = 15  # fixed risks whose 2^n outcomes are enumerated exactly


@dataclass(frozen=True, slots=True)
class Impact:
    """A risk: its probability and a triangular impact, 0 <= low <= most likely <= high."""

    probability: Decimal
    low: Decimal
    most_likely: Decimal
    high: Decimal
    opportunity: bool = False

    @property
    def fixed(self) -> bool:
        """The impact has one possible value."""
        return self.low == self.high


def mean_impact(impact: Impact) -> Decimal:
    """Mean of the triangular impact if the risk occurs, (a + m + b) / 3; not signed."""
    return (impact.low + impact.most_likely + impact.high) / 3


def expected_value(impact: Impact) -> Decimal:
    """Probability times mean impact: a threat positive, an opportunity negative."""
    value = impact.probability * mean_impact(impact)
    return -value if impact.opportunity else value


def variance(impact: Impact) -> Decimal:
    """Variance of the risk, p s² + p (1 - p) µ², with s² that of the triangle."""
    a, m, b, p = impact.low, impact.most_likely, impact.high, impact.probability
    spread = (a * a + m * m + b * b - a * m - a * b - m * b) / 18
    return p * spread + p * (1 - p) * mean_impact(impact) ** 2


# The distribution of a sum of independent risks


@dataclass(frozen=True, slots=True)
class Distribution:
    """Net exposure. `p_zero` is the chance that no risk occurs; a P50 of 0 is no error."""

    mean: Decimal
    sd: Decimal
    p50: Decimal
    p80: Decimal
    p90: Decimal
    p_zero: float


def distribution(impacts: Sequence[Impact]) -> Distribution:
    """Distribution of the total of independent risks, to two decimal places.

    Mean and standard deviation are analytic. Percentiles (smallest x with F(x) >= q) are exact for
    up to 15 risks of fixed impact, otherwise from a numeric convolution, within a few grid steps;
    the grid divides the widest possible range by about 4,096. No clock and no random numbers: the
    same risks give the same figures, in any order.
    """
    live = [each for each in impacts if each.probability and each.high]
    exact = len(live) <= MOST_ENUMERATED and all(each.fixed for each in live)
    p50, p80, p90 = _exact_percentiles(live) if exact else _grid_percentiles(live)
    return Distribution(
        mean=_cents(sum(map(expected_value, live), ZERO)),
        sd=_cents(sum(map(variance, live), ZERO).sqrt()),
        p50=_cents(p50),
        p80=_cents(p80),
        p90=_cents(p90),
        p_zero=float(math.prod((1 - each.probability for each in live), start=ONE)),
    )


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP) + ZERO  # no negative zero


def exact_outcomes(impacts: Iterable[Impact]) -> dict[Decimal, Decimal]:
    """Every possible total of fixed impacts with its probability, in ascending order."""
    outcomes = {ZERO: ONE}
    for impact in impacts:
        step = -impact.most_likely if impact.opportunity else impact.most_likely
        reached: dict[Decimal, Decimal] = {}
        for total, chance in outcomes.items():
            reached[total] = reached.get(total, ZERO) + chance * (1 - impact.probability)
            reached[total + step] = reached.get(total + step, ZERO) + chance * impact.probability
        outcomes = reached
    return dict(sorted(outcomes.items()))


def _exact_percentiles(impacts: Iterable[Impact]) -> list[Decimal]:
    outcomes = exact_outcomes(impacts)
    totals = list(outcomes)
    reached = np.cumsum([float(chance) for chance in outcomes.values()])
    return [totals[index] for index in _quantile_indices(reached)]


def _quantile_indices(cumulative: np.ndarray) -> list[int]:
    wanted = np.searchsorted(cumulative, [float(q) - FLOAT_ERROR for q in QUANTILES])
    return [min(int(index), len(cumulative) - 1) for index in wanted]


def _grid_percentiles(impacts: Sequence[Impact]) -> list[Decimal]:
    """Convolve on a ring of cells: threats fill it upwards from 0, opportunities downwards."""
    # In one order whatever the caller's, so that floating point sums give the same bytes.
    ordered = sorted(
        impacts,
        key=lambda i: (i.probability, i.low, i.most_likely, i.high, i.opportunity),
    )
    table = np.array(
        [[i.probability, i.low, i.most_likely, i.high, i.opportunity] for i in ordered],
        dtype=float,
    )
    # Binning spills each risk by up to a cell, so that the ring needs one spare cell a risk.
    points = max(GRID_POINTS, 1 << (4 * len(impacts)).bit_length())
    step = table[:, 3].sum() / (points - len(impacts) - 2)
    ring = _convolved(table, step, points)
    below = math.ceil(table[table[:, 4] == 1, 3].sum() / step) + int(table[:, 4].sum())
    cumulative = np.cumsum(np.roll(ring, below))
    least = -sum((i.high for i in impacts if i.opportunity), ZERO)
    most = sum((i.high for i in impacts if not i.opportunity), ZERO)
    found = (Decimal((index - below) * step) for index in _quantile_indices(cumulative))
    return [min(max(value, least), most) for value in found]


def _convolved(table: np.ndarray, step: float, points: int, block: int = 64) -> np.ndarray:
    spectrum = np.ones(points // 2 + 1, dtype=complex)
    for first in range(0, len(table), block):  # a block stays in the processor's cache
        rows = table[first : first + block]
        spectrum *= np.prod(np.fft.rfft(_binned(rows, step, points), axis=1), axis=0)
    return np.fft.irfft(spectrum, points)


def _binned(rows: np.ndarray, step: float, points: int) -> np.ndarray:
    """One row of cell probabilities a risk, each with exactly the mean of its risk.

    The mass of a cell is the second difference of the integrated distribution function: it splits
    what lies between two grid points in proportion to its nearness to either.
    """
    chance, (low, mode, high) = rows[:, 0], (rows[:, 1:4] / step).T
    base = np.floor(low).astype(int)
    widths = np.ceil(high).astype(int) - base + 1
    row = np.repeat(np.arange(len(rows)), widths)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(widths) - widths, widths)
    cell = base[row] + offset
    bounds = low[row], mode[row], high[row]
    mass = (
        _integrated(cell + 1.0, *bounds)
        - 2 * _integrated(cell + 0.0, *bounds)
        + _integrated(cell - 1.0, *bounds)
    )
    binned = np.zeros((len(rows), points))
    binned[row, np.where(rows[row, 4] == 1, -cell, cell) % points] = chance[row] * mass
    binned[:, 0] += 1 - chance
    return binned


def _integrated(x: np.ndarray, low: np.ndarray, mode: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The triangle's distribution function, integrated from minus infinity to x."""
    tiny = 1e-100  # in place of 0 where a side of the triangle has no width
    width = np.maximum(high - low, tiny)
    rising = np.clip(x - low, 0, mode - low) ** 3 / (3 * width * np.maximum(mode - low, tiny))
    falling = np.clip(high - x, 0, high - mode) ** 3 / (3 * width * np.maximum(high - mode, tiny))
    above: np.ndarray = np.where(x < mode, rising, x - (low + mode + high) / 3 + falling)
    return above


# Expected value and response, outside the register


def expected_variation(base: Decimal, outcomes: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Expected difference from a base over (value, probability) outcomes (Green Book)."""
    return sum((chance * (value - base) for value, chance in outcomes), ZERO)


def net_position(
    probability: Decimal,
    impact: Decimal,
    opportunity: bool = False,
    occurrences: int = 1,
    response_cost: Decimal = ZERO,
) -> Decimal:
    """Expected gain of a risk less the cost of responding: here threats are negative."""
    value = probability * impact * occurrences
    return (value if opportunity else -value) - response_cost


def net_response_benefit(inherent: Decimal, residual: Decimal, response_cost: Decimal) -> Decimal:
    """What a response is worth: the exposure it removes, less its cost."""
    return inherent - residual - response_cost


# The matrix


@dataclass(frozen=True, slots=True)
class Bands:
    """Upper bounds, inclusive, of bands 1 to 4 (above is 5) and of severities (above is severe)."""

    probability: tuple[Decimal, ...] = tuple(map(Decimal, ("0.05", "0.20", "0.50", "0.80")))
    impact_pct: tuple[Decimal, ...] = tuple(map(Decimal, (1, 5, 10, 20)))
    low: int = 4
    moderate: int = 9
    high: int = 14


DEFAULT_BANDS = Bands()


@dataclass(frozen=True, slots=True)
class Score:
    """Bands 1 to 5, their product and its severity."""

    probability_band: int
    impact_band: int
    value: int
    severity: str


def score(
    probability: Decimal,
    cost_ml: Decimal | None,
    budget: Decimal | None,
    days_ml: int | None,
    duration_days: int | None,
    benefit_pct: Decimal | None = None,
    *,
    bands: Bands = DEFAULT_BANDS,
) -> Score:
    """Score a risk on its most likely impact, the worst of cost, time and benefit.

    Cost is taken in per cent of the approved budget, days of the baseline duration, benefit of its
    target; what has no estimate or no base does not count, and an impact band is at least 1.
    """
    worst = max(
        _percent(cost_ml, budget),
        _percent(days_ml, duration_days),
        abs(benefit_pct or ZERO),
    )
    impact_band = _band(worst, bands.impact_pct)
    probability_band = _band(probability, bands.probability)
    value = probability_band * impact_band
    return Score(probability_band, impact_band, value, severity(value, bands))


def _percent(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal:
    return abs(Decimal(part)) / whole * 100 if part and whole and whole > 0 else ZERO


def _band(value: Decimal, bounds: Sequence[Decimal]) -> int:
    return 1 + bisect_left(bounds, value)


def severity(value: int, bands: Bands = DEFAULT_BANDS) -> str:
    """Low, moderate, high or severe: every score has one."""
    if value <= bands.low:
        return "low"
    if value <= bands.moderate:
        return "moderate"
    return "high" if value <= bands.high else "severe"


def heatmap(scores: Iterable[Score]) -> dict[tuple[int, int], int]:
    """Risks in each of the 25 (probability band, impact band) cells, empty ones too."""
    counts = {(p, i): 0 for p in range(1, 6) for i in range(1, 6)}
    for each in scores:
        counts[each.probability_band, each.impact_band] += 1
    return counts


def severity_counts(scores: Iterable[Score]) -> dict[str, int]:
    """Risks of each severity, none left out."""
    counts = dict.fromkeys(("low", "moderate", "high", "severe"), 0)
    for each in scores:
        counts[each.severity] += 1
    return counts


def rank(
    emv: Decimal, most_likely: Decimal, value: int, proximity: date | None, code: str
) -> tuple[Decimal, Decimal, int, date, str]:
    """Sort key of top risks: expected value, impact and score falling, then nearest, then code."""
    return (-emv, -most_likely, -value, proximity or date.max, code)
