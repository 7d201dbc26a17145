"""Estimates: how a likely value is come by, how far it may be off, and how good it was: pure.

Three-point: the PERT mean (Malcolm et al., 1959). Analogous: what a comparable one came to, times
how much larger this is. Parametric: a number of units times what one takes. The ranges of a class
are the widest that AACE's practice 18R-97 gives as typical.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from pmhub.rounding import rounded

FEW = 8  # finished estimates below which nothing is said of how good they were
# How far below and above the likely value an estimate of a class may end, as shares of it.
RANGES = {
    1: (Decimal("0.10"), Decimal("0.15")),
    2: (Decimal("0.15"), Decimal("0.20")),
    3: (Decimal("0.20"), Decimal("0.30")),
    4: (Decimal("0.30"), Decimal("0.50")),
    5: (Decimal("0.50"), Decimal("1.00")),
}


def range_of(accuracy_class: int, likely: Decimal) -> tuple[Decimal, Decimal]:
    """Return what an estimate of this class may come to at least and at most."""
    below, above = RANGES[accuracy_class]
    return rounded(likely * (1 - below), 2), rounded(likely * (1 + above), 2)


def scaled(base: Decimal, factor: Decimal) -> Decimal:
    """Return what an analogous or a parametric estimate comes to."""
    return rounded(base * factor, 2)


def expected(low: Decimal, likely: Decimal, high: Decimal) -> Decimal:
    """Return the PERT mean, (a + 4m + b) / 6."""
    return (low + 4 * likely + high) / 6


def deviation(low: Decimal, high: Decimal) -> Decimal:
    """Return the classic standard deviation, (b - a) / 6; that of PERT-beta is another."""
    return (high - low) / 6


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How good finished estimates were: how many there are, the median of actual ÷ likely, and the
    share that ended between low and high; both None of fewer than 8."""

    count: int
    ratio: Decimal | None
    within: Decimal | None


def accuracy(outcomes: Iterable[tuple[Decimal, Decimal, Decimal, Decimal]]) -> Accuracy:
    """Return how good estimates were by (low, likely, high, actual) of each; one of nothing has no
    ratio and is not among them."""
    counted = [outcome for outcome in outcomes if outcome[1] > 0]
    if len(counted) < FEW:
        return Accuracy(len(counted), None, None)
    inside = sum(1 for low, _, high, actual in counted if low <= actual <= high)
    ratio = median(actual / likely for _, likely, _, actual in counted)
    return Accuracy(len(counted), ratio, Decimal(inside) / len(counted))
