"""Uncertain totals: seeded Monte Carlo, second moments, PERT-beta quantiles.

Plain floats in the caller's unit. The same seed gives the same draws; no draw needs the clock.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from projects.simulation.draws import DEFAULT_DRAWS

Z95 = 1.96
NODES, WEIGHTS = np.polynomial.legendre.leggauss(96)


class Term(Protocol):
    """An uncertain quantity."""

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """That many independent draws."""


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal with mean and standard deviation."""

    mean: float
    sd: float

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """That many independent draws."""
        return random.normal(self.mean, self.sd, count)


@dataclass(frozen=True, slots=True)
class Triangular:
    """Triangular with low < high and the mode between them."""

    low: float
    mode: float
    high: float

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """That many independent draws."""
        return random.triangular(self.low, self.mode, self.high, count)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Uniform between low and high."""

    low: float
    high: float

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """That many independent draws."""
        return random.uniform(self.low, self.high, count)


@dataclass(frozen=True, slots=True)
class Switch:
    """One term if an event of that probability happens, another if it does not."""

    probability: float
    if_true: Term
    if_false: Term

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """That many independent draws."""
        happened = random.random(count) < self.probability
        return np.where(
            happened,
            self.if_true.draw(random, count),
            self.if_false.draw(random, count),
        )


@dataclass(frozen=True, slots=True)
class Simulation:
    """Sample mean and spread of a total, its quantiles on request, and how sure the mean is."""

    mean: float
    sd: float
    standard_error: float
    ordered: np.ndarray

    def quantile(self, q: float) -> float:
        """Smallest drawn value v with at least a share q of the draws at or below it."""
        return float(self.ordered[max(0, math.ceil(q * len(self.ordered)) - 1)])

    def agrees_with(self, mean: float) -> bool:
        """The analytic mean lies within four standard errors: otherwise refuse the simulation."""
        return abs(self.mean - mean) <= 4 * self.standard_error


def monte_carlo(terms: Sequence[Term], seed: int, draws: int = DEFAULT_DRAWS) -> Simulation:
    """Simulate the sum of independent terms (PCG64)."""
    random = np.random.Generator(np.random.PCG64(seed))
    total = np.zeros(draws)
    for term in terms:
        total += term.draw(random, draws)
    sd = float(total.std(ddof=1))
    return Simulation(float(total.mean()), sd, sd / math.sqrt(draws), np.sort(total))


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and variance of a total; the interval is a normal approximation."""

    mean: float
    variance: float

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return math.sqrt(self.variance)

    @property
    def interval95(self) -> tuple[float, float]:
        """Mean less and plus 1.96 standard deviations."""
        return self.mean - Z95 * self.sd, self.mean + Z95 * self.sd


def second_moment(
    means: Sequence[float],
    variances: Sequence[float],
    correlation: Sequence[Sequence[float]],
) -> Moments:
    """Moments of a sum of correlated parts; correlation widens the spread, never moves the mean."""
    sds = np.sqrt(np.asarray(variances, dtype=float))
    return Moments(float(sum(means)), float(sds @ np.asarray(correlation, dtype=float) @ sds))


@dataclass(frozen=True, slots=True)
class PertBeta:
    """PERT-beta (lambda 4) over low < high; its variance is not the classic ((b - a) / 6)²."""

    low: float
    mode: float
    high: float

    @property
    def alpha(self) -> float:
        """First shape parameter."""
        return 1 + 4 * (self.mode - self.low) / (self.high - self.low)

    @property
    def beta(self) -> float:
        """Second shape parameter."""
        return 1 + 4 * (self.high - self.mode) / (self.high - self.low)

    @property
    def mean(self) -> float:
        """(a + 4m + b) / 6."""
        return (self.low + 4 * self.mode + self.high) / 6

    @property
    def variance(self) -> float:
        """(mean - a)(b - mean) / 7."""
        return (self.mean - self.low) * (self.high - self.mean) / 7

    def cumulative(self, x: float) -> float:
        """Chance of at most x, by Gauss-Legendre quadrature of the density."""
        share = (x - self.low) / (self.high - self.low)
        if share <= 0 or share >= 1:
            return float(share >= 1)
        a, b = self.alpha, self.beta
        scale = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b))
        # t = share * v² keeps the density smooth at 0, where its power may be fractional.
        v = (NODES + 1) / 2
        t = share * v**2
        density = t ** (a - 1) * (1 - t) ** (b - 1) * share * 2 * v
        return min(1.0, scale * float(WEIGHTS @ density) / 2)

    def quantile(self, q: float) -> float:
        """The value not exceeded with probability q, by bisection."""
        low, high = self.low, self.high
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.cumulative(middle) < q else (low, middle)
        return (low + high) / 2
