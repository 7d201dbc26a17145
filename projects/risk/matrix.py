"""The 5x5 matrix: bands of probability and impact, scores, severities, the order of risks."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from projects.bands import DEFAULT_BANDS, Bands
from projects.risk.impact import ZERO


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
    return _of_cell(_band(probability, bands.probability), impact_band, bands)


@lru_cache(maxsize=256)
def _of_cell(probability_band: int, impact_band: int, bands: Bands) -> Score:
    value = probability_band * impact_band
    return Score(probability_band, impact_band, value, severity(value, bands))


def _percent(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal:
    return abs(Decimal(part)) * 100 / whole if part and whole and whole > 0 else ZERO


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
    for score in scores:
        counts[score.probability_band, score.impact_band] += 1
    return counts


def rank(
    emv: Decimal, most_likely: Decimal, value: int, proximity: date | None, code: str
) -> tuple[Decimal, Decimal, int, date, str]:
    """Sort key of top risks: expected value, impact and score falling, then nearest, then code."""
    return (-emv, -most_likely, -value, proximity or date.max, code)
