"""The bands of the risk matrix: the bounds between bands of probability, of impact and of
severity."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pmhub.rules import Rules

HUNDRED, HIGHEST_SCORE = Decimal(100), Decimal(25)


@dataclass(frozen=True, slots=True)
class Bands(Rules):
    """Upper bounds, inclusive, of bands 1 to 4 (above is 5) and of severities (above is severe).
    Probabilities are shares of 1, impacts per cent of what they are measured against."""

    probability_1: Decimal = Decimal("0.05")
    probability_2: Decimal = Decimal("0.20")
    probability_3: Decimal = Decimal("0.50")
    probability_4: Decimal = Decimal("0.80")
    impact_pct_1: Decimal = Decimal(1)
    impact_pct_2: Decimal = Decimal(5)
    impact_pct_3: Decimal = Decimal(10)
    impact_pct_4: Decimal = Decimal(20)
    low: int = 4
    moderate: int = 9
    high: int = 14

    RISING: ClassVar = (
        *((f"probability_{n}", f"probability_{n + 1}") for n in (1, 2, 3)),
        *((f"impact_pct_{n}", f"impact_pct_{n + 1}") for n in (1, 2, 3)),
        ("low", "moderate"),
        ("moderate", "high"),
    )
    HIGHEST: ClassVar[Mapping[str, Decimal]] = {
        f"probability_{n}": Decimal(1) for n in (1, 2, 3, 4)
    } | dict.fromkeys(("low", "moderate", "high"), HIGHEST_SCORE)
    LABELS: ClassVar[Mapping[str, str]] = (
        {f"probability_{n}": f"Probability of band {n}, up to" for n in (1, 2, 3, 4)}
        | {f"impact_pct_{n}": f"Impact of band {n}, up to per cent" for n in (1, 2, 3, 4)}
        | {name: f"{name.capitalize()}, up to a score of" for name in ("low", "moderate", "high")}
    )

    @property
    def probability(self) -> tuple[Decimal, ...]:
        """The upper bounds of the bands of probability."""
        return self.probability_1, self.probability_2, self.probability_3, self.probability_4

    @property
    def impact_pct(self) -> tuple[Decimal, ...]:
        """The upper bounds of the bands of impact, in per cent."""
        return self.impact_pct_1, self.impact_pct_2, self.impact_pct_3, self.impact_pct_4


DEFAULT_BANDS = Bands()
