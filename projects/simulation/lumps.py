"""Many small risks drawn as one: their sum is close to a normal distribution.

A few hundred risks are drawn one by one. Of more, those with the smallest spread are summed. They
are many and small, and independent, or independent once the factor of their shared cause is given.
So their sum follows a normal distribution (Lindeberg), whose mean and variance are known for every
value of the factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from projects.risk import means_of, variances_of
from projects.simulation.draws import (
    Draws,
    Factor,
    limit_of,
    normal_quantile,
    normal_share,
    stream,
    triangular,
)

FACTORS = np.linspace(-4.5, 4.5, 31)  # values of a factor, between which moments are read off
NODES, WEIGHTS = np.polynomial.legendre.leggauss(6)
SHARES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2  # of the chance that a risk occurs
AT_ONCE = 500  # risks whose moments are worked out together


@dataclass(frozen=True, slots=True)
class Lump:
    """The sum of many small risks, by the values of their cause's factor; one value where they
    share none."""

    means: np.ndarray
    variances: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, loading: float) -> Lump:
        """Return the sum of the risks of these rows (see `projects.risk.rows_of`), all of one cause
        with this loading; with 0 they are independent."""
        if not loading:
            return cls(means_of(rows).sum(keepdims=True), variances_of(rows).sum(keepdims=True))
        means, variances = np.zeros(len(FACTORS)), np.zeros(len(FACTORS))
        for start in range(0, len(rows), AT_ONCE):
            first, second = _moments(rows[start : start + AT_ONCE], loading)
            means += first.sum(axis=0)
            variances += (second - first * first).sum(axis=0)
        return cls(means, variances)

    def drawn(self, draws: Draws, index: int, factor: Factor | None) -> np.ndarray:
        """Return what the lump adds in each draw; `index` is its number within the simulation."""
        own = stream(draws.seed, 3, index).standard_normal(draws.count)
        if factor is None:
            drawn: np.ndarray = self.means[0] + math.sqrt(self.variances[0]) * own
            return drawn
        spread = np.sqrt(np.interp(factor.values, FACTORS, self.variances))
        return np.interp(factor.values, FACTORS, self.means) + spread * own


def _moments(rows: np.ndarray, loading: float) -> tuple[np.ndarray, np.ndarray]:
    """The first two moments of each risk at each value of the factor.

    Given the factor a risk occurs with a chance of its own, and how hard it then strikes is
    averaged over six shares of that chance (Gauss-Legendre), see `Draws`.
    """
    chance, low, mode, high, sign = (column[:, None, None] for column in rows.T)
    own = math.sqrt(1 - loading**2)
    centre = -sign * loading * FACTORS[None, :, None]
    limit = np.array([limit_of(row) for row in rows[:, 0]])[:, None, None]
    occurs = normal_share((limit - centre) / own)
    ease = centre + own * normal_quantile(occurs * SHARES)
    height = 1 - normal_share(ease) / chance
    sizes = sign * triangular(height, low, mode, high)
    return occurs[..., 0] * (sizes @ WEIGHTS), occurs[..., 0] * ((sizes * sizes) @ WEIGHTS)
