"""The rhythm of an estate: how often projects report, and how far ahead bookings are looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pmhub.rules import Rules

WEEKS, MONTHS = Decimal(52), Decimal(24)
REPORTS = "report_weeks_"  # and a level of oversight


@dataclass(frozen=True, slots=True)
class Calendar(Rules):
    """Weeks between two reports of a project, by how closely it is watched; months ahead in which
    overbooked resources count for health."""

    report_weeks_light: int = 8
    report_weeks_standard: int = 4
    report_weeks_enhanced: int = 2
    report_weeks_intensive: int = 1
    resources_months_ahead: int = 3

    # Who is watched more closely reports no less often.
    RISING: ClassVar = (
        ("report_weeks_intensive", "report_weeks_enhanced"),
        ("report_weeks_enhanced", "report_weeks_standard"),
        ("report_weeks_standard", "report_weeks_light"),
    )
    LOWEST: ClassVar[Mapping[str, Decimal]] = dict.fromkeys(
        (f"{REPORTS}{level}" for level in ("light", "standard", "enhanced", "intensive")),
        Decimal(1),
    )
    HIGHEST: ClassVar[Mapping[str, Decimal]] = {
        **dict.fromkeys(LOWEST, WEEKS),
        "resources_months_ahead": MONTHS,
    }
    LABELS: ClassVar[Mapping[str, str]] = {
        **{name: f"Weeks between reports, {name.removeprefix(REPORTS)} oversight"
           for name in LOWEST},
        "resources_months_ahead": "Months ahead in which overbooked resources count",
    }  # fmt: skip

    def report_weeks(self, level: str) -> int:
        """Return the weeks between two reports. Raises AttributeError for an unknown level."""
        weeks: int = getattr(self, f"{REPORTS}{level}")
        return weeks


DEFAULT_CALENDAR = Calendar()
