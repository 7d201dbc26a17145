"""The distribution of a sum of independent risks: enumerated where few, else convolved."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from projects.risk import convolution
from projects.risk.impact import ZERO, Impact, expected_value, variance

ONE = Decimal(1)
CENT = Decimal("0.01")
SHARES = (Decimal("0.5"), Decimal("0.8"), Decimal("0.9"))
MOST_TOTALS = 2**15  # different totals of fixed impacts that are enumerated: any fifteen risks
MOST_UNITS = 2**62  # what an integer of the processor holds


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
    """Return the distribution of the total of independent risks, to two decimal places.

    Mean and standard deviation are analytic. No clock and no random numbers: the same risks give
    the same figures, in any order.
    """
    live = _live(impacts)
    p50, p80, p90 = percentiles(live, SHARES)
    return Distribution(
        mean=_cents(sum(map(expected_value, live), ZERO)),
        sd=_cents(sum(map(variance, live), ZERO).sqrt()),
        p50=_cents(p50),
        p80=_cents(p80),
        p90=_cents(p90),
        p_zero=float(math.prod((1 - each.probability for each in live), start=ONE)),
    )


def percentiles(impacts: Sequence[Impact], shares: Sequence[Decimal]) -> list[Decimal]:
    """Return the smallest total x with F(x) >= q for each share q.

    Exact for fixed impacts with up to 32,768 different totals. Otherwise within a thousandth,
    whatever the sizes beside each other, see `convolution`.
    """
    # In one order whatever the caller's, so that floating point sums give the same bytes.
    ordered = sorted(_live(impacts), key=_order)
    known = _enumerated(ordered) if all(each.fixed for each in ordered) else None
    return known.at(shares) if known else _convolved(ordered, shares)


def chance_of_none(impacts: Sequence[Impact]) -> float:
    """Return the chance that nothing is to be paid: that independent risks total 0 or less."""
    ordered = sorted(_live(impacts), key=_order)
    known = _enumerated(ordered) if all(each.fixed for each in ordered) else None
    if known:
        return float(known.chances[known.values <= 0].sum())
    certain, rows = _parted(ordered)
    return convolution.chance_of_at_most(rows, -float(certain))


def _live(impacts: Iterable[Impact]) -> list[Impact]:
    return [each for each in impacts if each.probability and each.high]


def _order(impact: Impact) -> tuple[Decimal | bool, ...]:
    return (
        impact.high, impact.most_likely, impact.low, impact.probability, impact.opportunity
    )  # fmt: skip


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP) + ZERO  # no negative zero


# Few totals


@dataclass(frozen=True, slots=True)
class _Totals:
    """Every possible total, in units, ascending, with its chance."""

    unit: Decimal
    values: np.ndarray
    chances: np.ndarray

    def at(self, shares: Iterable[Decimal]) -> list[Decimal]:
        """The smallest total reached with each share."""
        reached = np.cumsum(self.chances)
        found = np.searchsorted(reached, [float(q) - convolution.FLOAT_ERROR for q in shares])
        return [int(self.values[min(index, len(reached) - 1)]) * self.unit for index in found]


def _enumerated(impacts: Sequence[Impact]) -> _Totals | None:
    """Every total of fixed impacts; None where there are too many."""
    places = max((-int(each.high.as_tuple().exponent) for each in impacts), default=0)
    unit = Decimal(1).scaleb(-max(places, 0))
    sizes = [int(each.high / unit) for each in impacts]
    if sum(sizes) > MOST_UNITS:
        return None
    values: np.ndarray = np.zeros(1, dtype=np.int64)
    chances: np.ndarray = np.ones(1)
    for impact, size in zip(impacts, sizes, strict=True):
        chance = float(impact.probability)
        reached = values - size if impact.opportunity else values + size
        values, place = np.unique(np.concatenate([values, reached]), return_inverse=True)
        weights = np.concatenate([chances * (1 - chance), chances * chance])
        chances = np.bincount(place, weights)
        if len(values) > MOST_TOTALS:
            return None
    return _Totals(unit, values, chances)


def exact_outcomes(impacts: Iterable[Impact]) -> dict[Decimal, Decimal]:
    """Return every possible total of fixed impacts with its probability, ascending, in decimals."""
    outcomes = {ZERO: ONE}
    for impact in impacts:
        step = -impact.most_likely if impact.opportunity else impact.most_likely
        reached: dict[Decimal, Decimal] = {}
        for total, chance in outcomes.items():
            reached[total] = reached.get(total, ZERO) + chance * (1 - impact.probability)
            reached[total + step] = reached.get(total + step, ZERO) + chance * impact.probability
        outcomes = reached
    return dict(sorted(outcomes.items()))


# Many totals


def _convolved(impacts: Sequence[Impact], shares: Iterable[Decimal]) -> list[Decimal]:
    certain, rows = _parted(impacts)
    found = convolution.percentiles(rows, [float(q) for q in shares], float(certain))
    return [certain + Decimal(value) for value in found]


def _parted(impacts: Sequence[Impact]) -> tuple[Decimal, np.ndarray]:
    """Return what is certain, exactly, and the rest as rows."""
    certain = sum((_signed(each, each.low) for each in impacts if each.probability == 1), ZERO)
    return certain, convolution.rows_of(_uncertain(each) for each in impacts)


def _signed(impact: Impact, amount: Decimal) -> Decimal:
    return -amount if impact.opportunity else amount


def _uncertain(impact: Impact) -> Impact:
    """Return what may vary of the risk: of one that is sure to happen, what exceeds its least."""
    if impact.probability != 1:
        return impact
    least = impact.low
    return Impact(ONE, ZERO, impact.most_likely - least, impact.high - least, impact.opportunity)
