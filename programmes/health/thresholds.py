"""The bounds of colours: our defaults, and those that a portfolio sets.

A new bound is a field below, the rule in `dimensions.py` that reads it, its sentence in
`programmes/wording/findings.py`, and a migration, since the trigger of the rule sets is made from
these fields. Forms, previews and REST follow the fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pmhub.rules import Rules


@dataclass(frozen=True, slots=True)
class Thresholds(Rules):
    """Last green and last amber value of each dimension, with our defaults. Of days and per cent of
    the baseline duration, the larger allowance counts. `cost_bound_is_worse` puts a cost exactly on
    a bound into the worse colour. `risk_cause_loading`, 0 to 1, is how strongly risks of one
    category follow their shared cause when they are simulated."""

    schedule_green_days: int = 7
    schedule_green_pct: Decimal = Decimal("2.5")
    schedule_amber_days: int = 30
    schedule_amber_pct: Decimal = Decimal(10)
    cost_green_pct: Decimal = Decimal(5)
    cost_amber_pct: Decimal = Decimal(10)
    cost_bound_is_worse: bool = False
    benefits_green: Decimal = Decimal("0.95")
    benefits_amber: Decimal = Decimal("0.80")
    disbenefits_green: Decimal = Decimal("1.05")
    disbenefits_amber: Decimal = Decimal("1.20")
    risk_green_score: int = 9
    risk_amber_score: int = 14
    cover_green: Decimal = Decimal(1)
    cover_amber: Decimal = Decimal("0.8")
    resources_amber_fraction: Decimal = Decimal("0.25")
    stale_after_days: int = 45
    risk_cause_loading: Decimal = Decimal("0.5")

    # Better colours lie to one side of worse ones.
    RISING: ClassVar = (
        ("schedule_green_days", "schedule_amber_days"),
        ("schedule_green_pct", "schedule_amber_pct"),
        ("cost_green_pct", "cost_amber_pct"),
        ("benefits_amber", "benefits_green"),
        ("disbenefits_green", "disbenefits_amber"),
        ("risk_green_score", "risk_amber_score"),
        ("cover_amber", "cover_green"),
    )
    HIGHEST: ClassVar[Mapping[str, Decimal]] = {"risk_cause_loading": Decimal(1)}


# SSP Projects: 7 days and a month, 10 % amber and 20 % red, worst indicator wins.
PUBLISHED = Thresholds(
    schedule_green_pct=Decimal(0),
    schedule_amber_pct=Decimal(0),
    cost_green_pct=Decimal(10),
    cost_amber_pct=Decimal(20),
    cost_bound_is_worse=True,
)
DEFAULT = Thresholds()
