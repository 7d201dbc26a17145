"""Facts about money: budget lines of programmes, and what no exchange rate converts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class UnconvertedCost:
    """A posted cost in another currency for which there is no exchange rate; `amount` is in that
    currency."""

    id: int
    currency: str
    amount: Decimal
    posted_on: date


@dataclass(frozen=True, slots=True)
class UnconvertedLine:
    """A budget line in another currency for which there is no exchange rate: its approved amount
    and its forecast, in that currency."""

    id: int
    currency: str
    approved: Decimal | None
    forecast: Decimal | None
    fiscal_year: int


@dataclass(frozen=True, slots=True)
class ForeignLine:
    """The amounts of a programme's budget line in its own currency, and the rate of its year, None
    while there is none. Without an estimate, what remains of the budget is still to be spent."""

    currency: str
    fiscal_year: int
    approved: Decimal | None
    estimate: Decimal | None
    rate: Decimal | None

    @property
    def to_go(self) -> Decimal | None:
        """Return what its estimate to complete is read from."""
        return self.approved if self.estimate is None else self.estimate


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A budget line of the programme itself; where it has `bounds`, what is still to be spent lies
    within them. What a terminated programme does not need of it is `released`."""

    id: int
    code: str
    approved: Decimal
    actual: Decimal
    to_go: Decimal
    actual_by_year: Mapping[int, Decimal]
    unconverted: Sequence[UnconvertedCost] = ()
    foreign: ForeignLine | None = None
    bounds: tuple[Decimal, Decimal] | None = None
    released: Decimal | None = None
