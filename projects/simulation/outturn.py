"""Monte Carlo of the outturn of benefits and of the costs of projects."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from projects.risk import ZERO
from projects.simulation.draws import DEFAULT_DRAWS, seed_of, stream, triangular
from projects.simulation.percentiles import Range, summed_up


@dataclass(frozen=True, slots=True)
class Prospect:
    """A benefit: realised to date, forecast still to come (both signed), confidence in that
    forecast, and its bounds, None where it has none. Or a cost: spent, and still to be spent, which
    is certain to come."""

    realised: Decimal
    remaining: Decimal
    confidence: Decimal
    bounds: tuple[Decimal, Decimal] | None = None

    @property
    def expected(self) -> Decimal:
        """The mean: realised plus confidence times the forecast, for which the mean of its triangle
        is taken."""
        if self.bounds is None:
            return self.realised + self.confidence * self.remaining
        return self.realised + self.confidence * (sum(self.bounds, self.remaining) / 3)

    @property
    def variance(self) -> float:
        """The variance of the outturn: of the forecast within its bounds, and of the share of it
        that arrives."""
        arrives = arriving(float(self.confidence))
        size = float(self.remaining)
        if self.bounds is None:
            return size * size * sides(*arrives) / 18
        least, most = map(float, self.bounds)
        return of_product(
            ((least + size + most) / 3, sides(least, size, most) / 18),
            (float(self.confidence), sides(*arrives) / 18),
        )

    @property
    def parts(self) -> tuple[Decimal, ...]:
        """The values that distinguish it from others, as a sort key."""
        return (self.realised, self.remaining, self.confidence, *(self.bounds or ()))


def arriving(confidence: float) -> tuple[float, float, float]:
    """Return the triangle (low, mode, high) of the share of a remaining forecast that arrives,
    within 0 and 1.

    Its mean is exactly the confidence: the triangle goes from 0 to 1 with the mode that gives that
    mean; where no mode does (below a third, above two thirds), it is narrowed towards the nearer
    end. A confidence of 1 or 0 leaves nothing uncertain, and more than the forecast never arrives.
    """
    if confidence >= 2 / 3:
        return 3 * confidence - 2, 1.0, 1.0
    if confidence <= 1 / 3:
        return 0.0, 0.0, 3 * confidence
    return 0.0, 3 * confidence - 1, 1.0


def sides(low: float, mode: float, high: float) -> float:
    """Return eighteen times the variance of a triangle, computed from its sides: differences of
    squares of large amounts would lose most digits."""
    return ((mode - low) ** 2 + (high - mode) ** 2 + (high - low) ** 2) / 2


def of_product(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The variance of the product of two independent values, each given as (mean, variance)."""
    (mean, spread), (mean_too, spread_too) = one, other
    return spread * spread_too + spread * mean_too**2 + spread_too * mean**2


def outturn(
    prospects: Sequence[Prospect],
    *,
    scope: Hashable,
    as_of: date,
    engine: int,
    draws: int = DEFAULT_DRAWS,
) -> Range:
    """Return the simulated total of benefits, or of costs, each independent of the others.

    Its analytic mean is the confidence-weighted outturn; a forecast with bounds counts with the
    mean of its triangle, for one draw moves all of its periods. What is realised is certain. Shared
    causes are not modelled: benefits that fail together make the true range wider.
    """
    ranked = sorted(prospects, key=lambda prospect: prospect.parts)
    described = [tuple(str(part.normalize()) for part in row.parts) for row in ranked]
    seed = seed_of(scope, as_of.isoformat(), engine, draws, described)
    total = np.full(draws, float(sum((row.realised for row in ranked), ZERO)))
    spread = 0.0
    for index, prospect in enumerate(ranked):
        low, mode, high = arriving(float(prospect.confidence))
        size = float(prospect.remaining)
        arrives = (
            triangular(stream(seed, index).random(draws), low, mode, high) if high > low else high
        )
        if prospect.bounds is not None:
            least, most = map(float, prospect.bounds)
            total += arrives * triangular(stream(seed, index, 1).random(draws), least, size, most)
        else:
            total += size * arrives
        spread += prospect.variance
    return summed_up(total, float(sum((row.expected for row in ranked), ZERO)), math.sqrt(spread))
