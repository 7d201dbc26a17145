"""Estimates: how a likely value is computed, how far it may be off, and how good past ones were:
pure.

Three-point: the PERT mean (Malcolm et al., 1959). Analogous: what a comparable thing cost or took,
times how much larger this one is. Parametric: a number of units times what one unit takes. The
ranges of a class are the widest that AACE's practice 18R-97 gives as typical.
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
    """Return the least and the most that something of this likely value may come to, by the class
    of its estimate."""
    below, above = RANGES[accuracy_class]
    return rounded(likely * (1 - below), 2), rounded(likely * (1 + above), 2)


def scaled(base: Decimal, factor: Decimal) -> Decimal:
    """Return the likely value of an analogous or a parametric estimate: base times factor."""
    return rounded(base * factor, 2)


def expected(low: Decimal, likely: Decimal, high: Decimal) -> Decimal:
    """Return the PERT mean, (a + 4m + b) / 6."""
    return (low + 4 * likely + high) / 6


def deviation(low: Decimal, high: Decimal) -> Decimal:
    """Return the classic standard deviation of a three-point estimate, (b - a) / 6; that of
    PERT-beta is another."""
    return (high - low) / 6


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How good finished estimates were: their number, the median of actual ÷ likely, and the share
    that ended between low and high; the last two are None for fewer than 8."""

    count: int
    ratio: Decimal | None
    within: Decimal | None


def accuracy(outcomes: Iterable[tuple[Decimal, Decimal, Decimal, Decimal]]) -> Accuracy:
    """Return how good estimates were, given (low, likely, high, actual) of each. Estimates with a
    likely value of 0 have no ratio and are left out."""
    counted = [outcome for outcome in outcomes if outcome[1] > 0]
    if len(counted) < FEW:
        return Accuracy(len(counted), None, None)
    inside = sum(1 for low, _, high, actual in counted if low <= actual <= high)
    ratio = median(actual / likely for _, likely, _, actual in counted)
    return Accuracy(len(counted), ratio, Decimal(inside) / len(counted))
