"""What one risk may cost: its expected value, its spread and what a response to it is worth."""

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Impact:
    """A risk: its probability and a triangular impact, 0 <= low <= most likely <= high."""

    probability: Decimal
    low: Decimal
    most_likely: Decimal
    high: Decimal
    opportunity: bool = False

    @property
    def fixed(self) -> bool:
        """The impact has one possible value."""
        return self.low == self.high


def mean_impact(impact: Impact) -> Decimal:
    """Mean of the triangular impact if the risk occurs, (a + m + b) / 3; not signed."""
    return (impact.low + impact.most_likely + impact.high) / 3


def expected_value(impact: Impact) -> Decimal:
    """Return probability times mean impact: a threat positive, an opportunity negative. The
    division comes last, so that a value that ends on half a cent is exact."""
    value = impact.probability * (impact.low + impact.most_likely + impact.high) / 3
    return -value if impact.opportunity else value


def variance(impact: Impact) -> Decimal:
    """Variance of the risk, p s² + p (1 - p) µ², with s² that of the triangle."""
    a, m, b, p = impact.low, impact.most_likely, impact.high, impact.probability
    spread = (a * a + m * m + b * b - a * m - a * b - m * b) / 18
    return p * spread + p * (1 - p) * mean_impact(impact) ** 2


# Expected value and response, outside the register


def net_response_benefit(inherent: Decimal, residual: Decimal, response_cost: Decimal) -> Decimal:
    """Return what a response is worth: the exposure it removes, less its cost."""
    return inherent - residual - response_cost
