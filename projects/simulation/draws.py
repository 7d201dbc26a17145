"""What every simulation here shares: its seed, its draws and how it sums them up."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np

from projects.risk import Impact, rows_of

DEFAULT_DRAWS = 20_000
DEFAULT_LOADING = Decimal("0.5")
CURVE_POINTS = 60
AT_ONCE = 32  # risks drawn together: a block stays in the processor's cache
TINY = 1e-30  # in place of a chance of 0
NORMAL = NormalDist()
# The normal distribution function on an even grid, between whose points it is read off linearly:
# within 2e-7, and far faster than computing it.
REACH, PER_UNIT = 9, 512
VALUES = np.arange(-REACH * PER_UNIT, REACH * PER_UNIT + 2) / PER_UNIT
PHI = np.array([NORMAL.cdf(value) for value in VALUES])
Numbers: TypeAlias = float | np.ndarray


def seed_of(*parts: Any) -> int:
    """A seed that the inputs decide: the same inputs, written the same way, give the same draws."""
    told = hashlib.blake2b(repr(parts).encode(), digest_size=16)
    return int.from_bytes(told.digest(), "big")


def stream(seed: int, *key: int) -> np.random.Generator:
    """The stream of one part of a simulation (PCG64): parts draw independently of each other."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *key])))


@dataclass(frozen=True, slots=True)
class Draws:
    """How a simulation draws its risks.

    A share between 0 and 1 is drawn for each risk: it occurs where that is below its probability,
    and the lower it is the more it costs. Shares of independent risks are even. Risks of one cause
    (a text that is not empty) share a factor: each follows
    `loading` x factor + sqrt(1 - loading²) x noise of its own, standard normal whatever the
    loading, so that two of them correlate by loading² before that is turned into a share and money
    (a one-factor Gaussian copula on its total). A high number costs more: of a shared cause,
    threats occur together while opportunities fail to. What each risk may cost by itself, and so
    the mean, stays as it is.
    """

    seed: int
    count: int
    loading: float

    def factors(self, causes: Sequence[str]) -> dict[str, np.ndarray]:
        """The factor of each cause that two risks or more share."""
        counts = Counter(cause for cause in causes if cause)
        shared = sorted(cause for cause, count in counts.items() if count > 1)
        if not self.loading:
            return {}
        return {
            cause: stream(self.seed, 1, index).standard_normal(self.count)
            for index, cause in enumerate(shared)
        }

    def contribution(self, index: int, impact: Impact, factor: np.ndarray | None) -> np.ndarray:
        """Return what one risk adds in each draw: a threat 0 or more, an opportunity 0 or less."""
        shares = self._shares(stream(self.seed, 2, index), [impact], [factor], np.float64)
        return added(shares, [impact])[0]

    def contributions(
        self, impacts: Sequence[Impact], factors: Sequence[np.ndarray | None]
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """The same of many risks, some at once: which, and a row each, to seven digits. All of one
        stream, so that none can be drawn again by itself."""
        source = stream(self.seed, 2)
        for first in range(0, len(impacts), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            shares = self._shares(source, impacts[some], factors[some], np.float32)
            yield some, added(shares, impacts[some])

    def _shares(
        self,
        source: np.random.Generator,
        impacts: Sequence[Impact],
        factors: Sequence[np.ndarray | None],
        precision: type[np.float32 | np.float64],
    ) -> np.ndarray:
        """A row for each risk, seen from the side on which it occurs, so that rare risks keep their
        precision."""
        shares = source.random((len(impacts), self.count), dtype=precision)
        for row, (impact, factor) in enumerate(zip(impacts, factors, strict=True)):
            if factor is not None:
                own = math.sqrt(1 - self.loading**2) * source.standard_normal(self.count, precision)
                latent = own + self.loading * factor
                shares[row] = normal_share(latent if impact.opportunity else -latent)
        return shares


def added(shares: np.ndarray, impacts: Sequence[Impact]) -> np.ndarray:
    """Return what risks, a row each, add where these shares, which are used up, were drawn for
    them."""
    rows = rows_of(impacts).astype(shares.dtype)
    chance, low, mode, high, sign = rows.T[:, :, None]
    occurs = shares < chance
    height = np.divide(shares, -np.maximum(chance, TINY), out=shares)
    height += 1
    found = triangular(height, low, mode, high)
    found *= sign
    found *= occurs
    return found


def limit_of(chance: float) -> float:
    """Return how low the number of a risk has to be for it to occur."""
    if chance <= 0:
        return -math.inf
    return NORMAL.inv_cdf(chance) if chance < 1 else math.inf


def normal_share(values: np.ndarray) -> np.ndarray:
    """The standard normal's cumulative share at these values."""
    place = (np.clip(values, -REACH, REACH) + REACH) * PER_UNIT
    below = place.astype(np.int64)
    found: np.ndarray = PHI[below] + (place - below) * (PHI[below + 1] - PHI[below])
    return found


def normal_quantile(shares: np.ndarray) -> np.ndarray:
    """The standard normal's values at these cumulative shares."""
    return np.interp(shares, PHI, VALUES)


def triangular(shares: np.ndarray, low: Numbers, mode: Numbers, high: Numbers) -> np.ndarray:
    """The triangle's values at these cumulative shares; of one that is a point, the point."""
    at = np.clip(shares, 0, 1)
    below = at * (high - low) < mode - low
    rising = at * ((high - low) * (mode - low))
    falling = np.subtract(1, at, out=at)
    falling *= (high - low) * (high - mode)
    np.sqrt(rising, out=rising)
    np.sqrt(falling, out=falling)
    rising += low
    return np.where(below, rising, np.subtract(high, falling, out=falling))


def percentile(ordered: np.ndarray, q: float) -> float:
    """Smallest drawn value v with at least a share q of the draws at or below it."""
    return float(ordered[rank(q, len(ordered))])


def percentiles_of(drawn: np.ndarray, shares: Sequence[float]) -> list[float]:
    """The same of draws in any order, without sorting them all."""
    ranks = [rank(q, len(drawn)) for q in shares]
    found: list[float] = np.partition(drawn, ranks)[ranks].tolist()
    return found


def rank(q: float, count: int) -> int:
    """The place of that value among so many draws in order."""
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
    none: float  # the share of draws in which nothing is to be paid: a total of 0 or less
    curve: tuple[tuple[float, float], ...]


def summed_up(total: np.ndarray, analytic_mean: float, least_sd: float = 0) -> Range:
    """The range of simulated totals. `least_sd` is a spread known to be there: of rare events the
    sample may have seen none, and its own spread would say that it cannot err."""
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
