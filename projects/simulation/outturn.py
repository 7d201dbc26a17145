"""Monte Carlo of what benefits will have brought."""

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
    """A benefit: realised to date, forecast still to come (both signed), confidence in that."""

    realised: Decimal
    remaining: Decimal
    confidence: Decimal

    @property
    def expected(self) -> Decimal:
        """Realised plus confidence times what remains."""
        return self.realised + self.confidence * self.remaining


def arriving(confidence: float) -> tuple[float, float, float]:
    """The triangle, within 0 and 1, of the share of a remaining forecast that arrives.

    Its mean is the confidence, exactly: from 0 to 1 with the mode that gives that mean, and where
    no mode does (below a third, above two thirds) narrowed towards the nearer end. A confidence of
    1 or 0 leaves nothing uncertain, and more than the forecast never arrives.
    """
    if confidence >= 2 / 3:
        return 3 * confidence - 2, 1.0, 1.0
    if confidence <= 1 / 3:
        return 0.0, 0.0, 3 * confidence
    return 0.0, 3 * confidence - 1, 1.0


def outturn(
    prospects: Sequence[Prospect],
    *,
    scope: Hashable,
    as_of: date,
    engine: int,
    draws: int = DEFAULT_DRAWS,
) -> Range:
    """The simulated total of benefits, each independent of the others.

    Its analytic mean is the confidence-weighted outturn. What is realised is certain. Shared causes
    are not modelled, so that benefits which fail together make the true range wider.
    """
    ranked = sorted(prospects, key=lambda each: (each.realised, each.remaining, each.confidence))
    told = [
        tuple(str(part.normalize()) for part in (each.realised, each.remaining, each.confidence))
        for each in ranked
    ]
    seed = seed_of(scope, as_of.isoformat(), engine, draws, told)
    total = np.full(draws, float(sum((each.realised for each in ranked), ZERO)))
    spread = 0.0
    for index, each in enumerate(ranked):
        low, mode, high = arriving(float(each.confidence))
        size = float(each.remaining)
        if size and high > low:
            total += size * triangular(stream(seed, index).random(draws), low, mode, high)
            sides = low * low + mode * mode + high * high - low * mode - low * high - mode * high
            spread += size * size * sides / 18
        else:
            total += size * high
    return summed_up(total, float(sum((each.expected for each in ranked), ZERO)), math.sqrt(spread))
