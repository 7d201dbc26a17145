"""The organisation's own history: which share of the approved benefits was realised, to correct a
claim by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median, quantiles

FEWEST = 8  # finished benefits; fewer make no history
NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True)
class OwnHistory:
    """How much was realised of what was approved, over `count` benefits that have finished: the
    median share and the quartiles around it; None with a reason while there are too few."""

    count: int
    lower: Decimal | None = None
    median: Decimal | None = None
    upper: Decimal | None = None
    reason: str = ""

    def of(self, claim: Decimal) -> tuple[Decimal, Decimal, Decimal] | None:
        """Return what a claim would come to by that history, as (lower, middle, upper): the middle
        by the median share, the others by the quartiles. None while the history is too short."""
        if self.lower is None or self.median is None or self.upper is None:
            return None
        return claim * self.lower, claim * self.median, claim * self.upper


def own_history(shares: Sequence[Decimal]) -> OwnHistory:
    """Return the history of these shares, each realised ÷ approved of a benefit that has finished.
    Quartiles are those of the inclusive method."""
    if len(shares) < FEWEST:
        return OwnHistory(len(shares), reason=NOT_ENOUGH)
    lower, _, upper = quantiles(shares, n=4, method="inclusive")
    return OwnHistory(len(shares), lower, median(shares), upper)
