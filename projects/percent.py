"""Percent complete as milestones, work packages and iterations say it: pure.

Which records count, and by what, follows from the method of the project. The database counts by the
same table (`projects.models.progress`); here is what each record adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

BY_WEIGHT, BY_POINTS = "work_packages", "iterations"
BY_MILESTONES = "weighted_milestones"
# The per cent credited to a work package that has begun, until it is done, by method.
CREDITED_ONCE_BEGUN = {"0/100": 0, "50/50": 50}
BY_PACKAGES = (BY_WEIGHT, *CREDITED_ONCE_BEGUN)
BY_RECORDS = (*BY_PACKAGES, BY_POINTS, BY_MILESTONES)  # what is counted is not said by hand
CENT, ZERO = Decimal("0.01"), Decimal(0)


def credited(method: str, percent: Decimal) -> Decimal:
    """Return the per cent of a work package that counts: its percent complete or, by the methods
    0/100 and 50/50, a fixed share from its begin until it is done."""
    if method not in CREDITED_ONCE_BEGUN or percent in (0, 100):
        return percent
    return Decimal(CREDITED_ONCE_BEGUN[method])


def split(amount: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """Return an amount divided in proportion to shares, each part to the hundredth. The last share
    that is not 0 takes the rest, so that the parts add up exactly. An empty list where all shares
    are 0."""
    whole, reached, given = sum(shares, ZERO), ZERO, ZERO
    parts: list[Decimal] = []
    for share in shares if whole else ():
        reached += share
        upto = amount * reached / whole
        part = upto.quantize(CENT, ROUND_HALF_UP) - given if reached < whole else amount - given
        parts.append(part if share else ZERO)
        given += parts[-1]
    return parts
