"""The distribution of a sum of independent risks: enumerated where few, else convolved."""

from __future__ import annotations

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
MOST_TOTALS = 2**15  # totals are enumerated up to this number: those of any fifteen risks
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
        p_zero=float(math.prod((1 - impact.probability for impact in live), start=ONE)),
    )


def percentiles(impacts: Sequence[Impact], shares: Sequence[Decimal]) -> list[Decimal]:
    """Return the smallest total x with F(x) >= q for each share q.

    Exact for fixed impacts with up to 32,768 different totals. Otherwise within a thousandth,
    whatever the sizes beside each other, see `convolution`.
    """
    return Total.of(impacts).percentiles(shares)


def chance_of_none(impacts: Sequence[Impact]) -> float:
    """Return the chance that nothing is to be paid: that independent risks total 0 or less."""
    return Total.of(impacts).chance_of_none()


@dataclass(frozen=True, slots=True)
class Total:
    """The total of independent risks, computed once for several questions: all its possible values
    where they are few (`known`); else the part that is certain, and the uncertain risks as rows."""

    known: _Totals | None
    certain: Decimal = ZERO
    rows: np.ndarray | None = None

    @classmethod
    def of(cls, impacts: Iterable[Impact]) -> Total:
        """Return the total of these risks; their order makes no difference."""
        live = _live(impacts)
        if all(risk.fixed for risk in live) and (totals := _enumerated(sorted(live, key=_order))):
            return cls(totals)
        return cls(None, *_parted(live))

    def percentiles(self, shares: Sequence[Decimal]) -> list[Decimal]:
        """Return the smallest total x with F(x) >= q for each share q."""
        if self.known:
            return self.known.at(shares)
        assert self.rows is not None  # noqa: S101  # totals that are not enumerated have rows
        values = convolution.percentiles(self.rows, [float(q) for q in shares], float(self.certain))
        return [self.certain + Decimal(value) for value in values]

    def chance_of_none(self) -> float:
        """Return the chance that the total is 0 or less."""
        if self.known:
            return float(self.known.chances[self.known.values <= 0].sum())
        assert self.rows is not None  # noqa: S101  # as above
        return convolution.chance_of_at_most(self.rows, -float(self.certain))


def _live(impacts: Iterable[Impact]) -> list[Impact]:
    return [impact for impact in impacts if impact.probability and impact.high]


def _order(impact: Impact) -> tuple[Decimal | bool, ...]:
    return (
        impact.high, impact.most_likely, impact.low, impact.probability, impact.opportunity
    )  # fmt: skip


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP) + ZERO  # no negative zero


# Few totals


@dataclass(frozen=True, slots=True)
class _Totals:
    """All possible totals, in multiples of `unit`, ascending, each with its chance."""

    unit: Decimal
    values: np.ndarray
    chances: np.ndarray

    def at(self, shares: Iterable[Decimal]) -> list[Decimal]:
        """Return the smallest total that is reached with each share."""
        reached = np.cumsum(self.chances)
        indices = np.searchsorted(reached, [float(q) - convolution.FLOAT_ERROR for q in shares])
        return [int(self.values[min(index, len(reached) - 1)]) * self.unit for index in indices]


def _enumerated(impacts: Sequence[Impact]) -> _Totals | None:
    """Return every possible total of fixed impacts; None where there are too many."""
    places = max((-int(impact.high.as_tuple().exponent) for impact in impacts), default=0)
    unit = Decimal(1).scaleb(-max(places, 0))
    sizes = [int(impact.high / unit) for impact in impacts]
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


# Many totals


def _parted(impacts: Sequence[Impact]) -> tuple[Decimal, np.ndarray]:
    """Return the exact sum that is certain to come, and the uncertain rest of the risks as rows."""
    certain = sum(
        (_signed(impact, impact.low) for impact in impacts if impact.probability == 1), ZERO
    )
    rows = convolution.rows_of(impacts)
    sure = rows[:, convolution.CHANCE] == 1  # of these, the impact above the least is uncertain
    rows[sure, convolution.LOW : convolution.HIGH + 1] -= rows[sure, convolution.LOW, None]
    rows = rows[rows[:, convolution.HIGH] > 0]
    # In a fixed order, so that floating point sums give the same bytes whatever the caller's order.
    chance, low, mode, high, sign = rows.T
    return certain, rows[np.lexsort((-sign, chance, low, mode, high))]


def _signed(impact: Impact, amount: Decimal) -> Decimal:
    return -amount if impact.opportunity else amount
