"""A ratio that may be undefined: then it is None with a reason code, never 0, infinity or 100 %."""

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
