"""The risk matrix of a programme: its risks by probability and impact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from projects.risk import Score

KINDS, VIEWS = ("threat", "opportunity"), ("inherent", "residual")


@dataclass(frozen=True, slots=True)
class ScoredRisk:
    """A counted risk with its two scores, None where that estimate is missing. `owner` is the code
    of the project or programme that holds it. Expected costs have the sign of the exposure."""

    id: int
    code: str
    owner: str
    project: int | None
    threat: bool
    category: str
    probability: Decimal
    most_likely: Decimal
    expected: Decimal
    inherent_expected: Decimal | None
    inherent: Score | None
    residual: Score | None
    proximity: date | None

    def scored(self, view: str) -> Score | None:
        """Return the score in a view; None where it has none."""
        return self.inherent if view == "inherent" else self.residual


@dataclass(frozen=True, slots=True)
class Matrix:
    """The number of risks of a kind in each of the 25 cells of a view, by probability band and then
    by impact band; and how many risks have no score in it."""

    kind: str
    view: str
    counts: tuple[int, ...]
    unrated: int

    @property
    def cells(self) -> dict[tuple[int, int], int]:
        """Return the counts by (probability band, impact band)."""
        return {(1 + n // 5, 1 + n % 5): count for n, count in enumerate(self.counts)}
