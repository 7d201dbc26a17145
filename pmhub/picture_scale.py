"""A scale of a picture: the position of a value between two ends, in percent, and round steps."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale from `low` to `high`; if `turned`, the low end is at 100 %, as for the height in a
    picture."""

    low: float
    high: float
    turned: bool = False

    def at(self, value: float) -> float:
        """Return the position of a value, in percent."""
        span = self.high - self.low
        share = (float(value) - self.low) / span if span else 0.5
        return 100 * (1 - share if self.turned else share)

    def between(self, begin: float, end: float) -> float:
        """Return the distance between two values, in percent."""
        return abs(self.at(end) - self.at(begin))


def scale_of(
    values: Iterable[float], most: int = 5, *, turned: bool = False, zero: bool = True
) -> tuple[Scale, list[float]]:
    """Return a scale that holds these values, and 0 if `zero`, with the values of its round steps,
    about `most` of them."""
    numbers = [*([0.0] if zero else []), *map(float, values)]
    low, high = min(numbers), max(numbers)
    step = _step((high - low) / most)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    high = high if high > low else low + step
    count = round((high - low) / step)
    return Scale(low, high, turned), [low + number * step for number in range(count + 1)]


def _step(least: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is at least this; 1 for zero or
    less."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in STEPS if step * power >= least * 0.999999)


def of_days(days: Iterable[date], *, turned: bool = False) -> Scale | None:
    """Return a scale of whole years that holds these days; None if there are none."""
    ordered = sorted(days)
    if not ordered:
        return None
    first, last = date(ordered[0].year, 1, 1), date(ordered[-1].year, 12, 31)
    return Scale(first.toordinal(), last.toordinal(), turned)


def percent(value: float) -> str:
    """Return a length as pictures write it, to the hundredth of a percent, in the same way in every
    language."""
    return f"{value:.2f}%"
