"""The rhythm of an estate: how often projects report and are inspected, and how far ahead bookings
are looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pmhub.rules import Rules

WEEKS, MONTHS = Decimal(52), Decimal(24)
REPORTS, INSPECTIONS = "report_weeks_", "inspection_weeks_"  # each followed by a level of oversight
LEVELS = ("light", "standard", "enhanced", "intensive")


@dataclass(frozen=True, slots=True)
class Calendar(Rules):
    """Weeks between two reports and two inspections of a project, by how closely it is watched;
    months ahead in which overbooked resources count for health."""

    report_weeks_light: int = 8
    report_weeks_standard: int = 4
    report_weeks_enhanced: int = 2
    report_weeks_intensive: int = 1
    inspection_weeks_light: int = 26
    inspection_weeks_standard: int = 13
    inspection_weeks_enhanced: int = 8
    inspection_weeks_intensive: int = 4
    resources_months_ahead: int = 3

    # A project that is watched more closely reports, and is inspected, at least as often.
    RISING: ClassVar = tuple(
        (f"{name}{LEVELS[place + 1]}", f"{name}{LEVELS[place]}")
        for name in (REPORTS, INSPECTIONS)
        for place in range(len(LEVELS) - 1)
    )
    LOWEST: ClassVar[Mapping[str, Decimal]] = dict.fromkeys(
        (f"{name}{level}" for name in (REPORTS, INSPECTIONS) for level in LEVELS),
        Decimal(1),
    )
    HIGHEST: ClassVar[Mapping[str, Decimal]] = {
        **dict.fromkeys(LOWEST, WEEKS),
        "resources_months_ahead": MONTHS,
    }
    LABELS: ClassVar[Mapping[str, str]] = {
        **{f"{REPORTS}{level}": f"Weeks between reports, {level} oversight" for level in LEVELS},
        **{f"{INSPECTIONS}{level}": f"Weeks between inspections, {level} oversight"
           for level in LEVELS},
        "resources_months_ahead": "Months ahead in which overbooked resources count",
    }  # fmt: skip

    def report_weeks(self, level: str) -> int:
        """Return the weeks between two reports. Raises AttributeError for an unknown level."""
        weeks: int = getattr(self, f"{REPORTS}{level}")
        return weeks

    def inspection_weeks(self, level: str) -> int:
        """Return the weeks between two inspections. Raises AttributeError for an unknown level."""
        weeks: int = getattr(self, f"{INSPECTIONS}{level}")
        return weeks


DEFAULT_CALENDAR = Calendar()
