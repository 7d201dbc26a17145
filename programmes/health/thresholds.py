"""The bounds of colours: ours by default, the portfolio's where it sets its own.

A new bound is a field below, the rule in `dimensions.py` that reads it, its sentence in
`programmes/wording/findings.py`, and a migration, for the trigger of the rule sets is made of these
fields. Forms, previews and REST follow the fields.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Last green and last amber value of each dimension, our defaults.

    Days and per cent of baseline duration: the larger allowance counts. `cost_bound_is_worse` puts
    a cost exactly on a bound into the worse colour. `risk_cause_loading`, 0 to 1, is how strongly
    risks of one category follow their shared cause when they are simulated.
    """

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

    def check_order(self) -> None:
        """Raise ValueError for a bound below 0, and for a colour that nothing would ever have."""
        for name, value in asdict(self).items():
            if value < 0:
                raise ValueError(f"{name} is not below 0")
        for low, high in RISING:
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} is not above {high}")

    def __post_init__(self) -> None:
        if not 0 <= self.risk_cause_loading <= 1:
            raise ValueError("risk_cause_loading lies between 0 and 1")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Thresholds":
        """Thresholds from stored data; what is not named keeps its default.

        Decimals may be numbers or strings. Raises ValueError for an unknown name.
        """
        kinds = {field.name: field.type for field in fields(cls)}
        if unknown := sorted(set(values) - set(kinds)):
            raise ValueError(f"Unknown thresholds: {', '.join(unknown)}")
        return cls(**{name: _typed(kinds[name], value) for name, value in values.items()})


# Bounds of which the first is not above the second: better colours lie to one side of worse ones.
RISING = (
    ("schedule_green_days", "schedule_amber_days"),
    ("schedule_green_pct", "schedule_amber_pct"),
    ("cost_green_pct", "cost_amber_pct"),
    ("benefits_amber", "benefits_green"),
    ("disbenefits_green", "disbenefits_amber"),
    ("risk_green_score", "risk_amber_score"),
    ("cover_amber", "cover_green"),
)


def _typed(kind: object, value: Any) -> Any:
    if (kind is bool) != isinstance(value, bool):
        raise ValueError(f"A threshold cannot be {value!r}")
    if kind is Decimal:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise ValueError(f"A threshold cannot be {value!r}") from None
        if not number.is_finite():
            raise ValueError("A threshold is a number")
        return number
    return value if kind is bool else int(value)


# SSP Projects: 7 days and a month, 10 % amber and 20 % red, worst indicator wins.
PUBLISHED = Thresholds(
    schedule_green_pct=Decimal(0),
    schedule_amber_pct=Decimal(0),
    cost_green_pct=Decimal(10),
    cost_amber_pct=Decimal(20),
    cost_bound_is_worse=True,
)
DEFAULT = Thresholds()
