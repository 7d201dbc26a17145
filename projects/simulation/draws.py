"""The seed and the draws that all simulations share."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np

from projects.risk.convolution import SIGN

DEFAULT_DRAWS = 20_000
DEFAULT_LOADING = Decimal("0.5")
AT_ONCE = 32  # risks drawn together: a block stays in the processor's cache
TINY = 1e-30  # in place of a chance of 0
NORMAL = NormalDist()
# The normal distribution function on an even grid, between whose points it is read off linearly:
# within 2e-7, and far faster than computing it.
REACH, PER_UNIT = 9, 512
VALUES = np.arange(-REACH * PER_UNIT, REACH * PER_UNIT + 2) / PER_UNIT
PHI = np.array([NORMAL.cdf(value) for value in VALUES])
Numbers: TypeAlias = float | np.ndarray


def strength_of(loading: Decimal, loadings: Mapping[str, Decimal]) -> str:
    """Return the loadings as a text, for the seed."""
    others = "".join(f" {cause}={value.normalize()}" for cause, value in sorted(loadings.items()))
    return f"{loading.normalize()}{others}"


def seed_of(*parts: Any) -> int:
    """Return a seed that depends on the inputs alone: the same inputs, written the same way, give
    the same draws."""
    told = hashlib.blake2b(repr(parts).encode(), digest_size=16)
    return int.from_bytes(told.digest(), "big")


def stream(seed: int, *key: int) -> np.random.Generator:
    """Return the random stream of one part of a simulation (PCG64); the streams of parts are
    independent."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *key])))


@dataclass(frozen=True, slots=True)
class Factor:
    """The factor that risks of one cause share, with its value in each draw, and how strongly they
    follow it."""

    loading: float
    values: np.ndarray

    def followed(self, noise: np.ndarray) -> np.ndarray:
        """Return the draws of a risk that follows the factor, given its own noise."""
        own = math.sqrt(1 - self.loading**2) * noise
        drawn: np.ndarray = own + self.loading * self.values
        return drawn


@dataclass(frozen=True, slots=True)
class Draws:
    """How a simulation draws its risks.

    A share between 0 and 1 is drawn for each risk: it occurs where that is below its probability,
    and the lower it is the more it costs. Shares of independent risks are even. Risks of one cause
    (a text that is not empty) share a factor: each follows
    `loading` x factor + sqrt(1 - loading²) x noise of its own, where `loadings` may name another
    loading for a cause. That is standard normal whatever the loading, so that two of them correlate
    by loading² before that is turned into a share and money (a one-factor Gaussian copula on its
    total). A high number costs more: of a shared cause, threats occur together while opportunities
    fail to. What each risk may cost by itself, and so the mean, stays as it is.
    """

    seed: int
    count: int
    loading: float
    loadings: Mapping[str, float] = field(default_factory=dict)

    def factors(self, causes: Sequence[str]) -> dict[str, Factor]:
        """Return the factor of each cause that two risks or more share, and follow."""
        counts = Counter(cause for cause in causes if cause)
        shared = sorted(cause for cause, count in counts.items() if count > 1)
        return {
            cause: Factor(loading, stream(self.seed, 1, index).standard_normal(self.count))
            for index, cause in enumerate(shared)
            if (loading := self.loadings.get(cause, self.loading))
        }

    def contribution(self, index: int, row: np.ndarray, factor: Factor | None) -> np.ndarray:
        """Return what one risk (a row of `projects.risk.rows_of`) adds in each draw: a threat 0 or
        more, an opportunity 0 or less."""
        rows = row[None]
        shares = self._shares(stream(self.seed, 2, index), rows, [factor], np.float64)
        return added(shares, rows)[0]

    def contributions(
        self, rows: np.ndarray, factors: Sequence[Factor | None]
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the contributions of many risks, some at once: their slice, and a row for each of
        them, to seven digits. All come from one stream, so that none can be drawn again by
        itself."""
        source = stream(self.seed, 2)
        for first in range(0, len(rows), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            shares = self._shares(source, rows[some], factors[some], np.float32)
            yield some, added(shares, rows[some])

    def _shares(
        self,
        source: np.random.Generator,
        rows: np.ndarray,
        factors: Sequence[Factor | None],
        precision: type[np.float32 | np.float64],
    ) -> np.ndarray:
        """Return the shares drawn for risks, a row each. They count from the side on which a risk
        occurs, so that rare risks keep their precision."""
        shares = source.random((len(rows), self.count), dtype=precision)
        for row, (sign, factor) in enumerate(zip(rows[:, SIGN], factors, strict=True)):
            if factor is not None:
                latent = factor.followed(source.standard_normal(self.count, precision))
                shares[row] = normal_share(latent if sign < 0 else -latent)
        return shares


def added(shares: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return what risks add in each draw, a row each, given the shares drawn for them; the array of
    shares is used up."""
    chance, low, mode, high, sign = rows.astype(shares.dtype).T[:, :, None]
    occurs = shares < chance
    if (low == high).all():
        fixed: np.ndarray = occurs * (sign * high)
        return fixed
    height = np.divide(shares, -np.maximum(chance, TINY), out=shares)
    height += 1
    drawn = triangular(height, low, mode, high)
    drawn *= sign
    drawn *= occurs
    return drawn


def limit_of(chance: float) -> float:
    """Return the normal value below which a risk with this chance occurs."""
    if chance <= 0:
        return -math.inf
    return NORMAL.inv_cdf(chance) if chance < 1 else math.inf


def normal_share(values: np.ndarray) -> np.ndarray:
    """The standard normal's cumulative share at these values."""
    place = (np.clip(values, -REACH, REACH) + REACH) * PER_UNIT
    below = place.astype(np.int64)
    share: np.ndarray = PHI[below] + (place - below) * (PHI[below + 1] - PHI[below])
    return share


def normal_quantile(shares: np.ndarray) -> np.ndarray:
    """The standard normal's values at these cumulative shares."""
    return np.interp(shares, PHI, VALUES)


def triangular(shares: np.ndarray, low: Numbers, mode: Numbers, high: Numbers) -> np.ndarray:
    """Return the values of triangular distributions at these cumulative shares; the point itself
    where low and high are equal."""
    at = np.clip(shares, 0, 1)
    below = at * (high - low) < mode - low
    rising = at * ((high - low) * (mode - low))
    falling = np.subtract(1, at, out=at)
    falling *= (high - low) * (high - mode)
    np.sqrt(rising, out=rising)
    np.sqrt(falling, out=falling)
    rising += low
    return np.where(below, rising, np.subtract(high, falling, out=falling))
