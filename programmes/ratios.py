"""A ratio that may be undefined: then it is None with a reason code, never 0, infinity or 100 %."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Ratio:
    """A dimensionless value, or None with the reason why it is undefined."""

    value: Decimal | None
    reason: str | None = None


def ratio(numerator: Decimal, denominator: Decimal, reason: str) -> Ratio:
    """Numerator over denominator; undefined, for the given reason, when the denominator is 0."""
    return Ratio(numerator / denominator) if denominator else Ratio(None, reason)


def ratio_of_sums(
    pairs: Iterable[tuple[Decimal, Decimal]], reason: str = "nothing_to_divide_by"
) -> Ratio:
    """Sum of numerators over sum of denominators: an index of many is never a mean of indices."""
    numerator = denominator = Decimal(0)
    for above, below in pairs:
        numerator += above
        denominator += below
    return ratio(numerator, denominator, reason)
