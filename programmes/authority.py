"""Who decides: delegated authority by level, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

# From the lowest level to the highest.
LEVELS = (
    "project_manager", "executive", "programme_manager", "sro", "programme_board", "sponsor",
)  # fmt: skip
# The level at which who holds a role decides, and at which a board does. The PMO stands in for the
# senior responsible owner.
OF_ROLES = {
    "project_manager": "project_manager", "project_executive": "executive",
    "programme_manager": "programme_manager", "sro": "sro", "pmo": "sro", "sponsor": "sponsor",
}  # fmt: skip
OF_BOARDS = {
    "programme_board": "programme_board", "sponsoring_group": "sponsor",
    "portfolio_board": "sponsor",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limit:
    """What a level decides about itself: cost, days and per cent of benefits, each without a limit
    where it is None."""

    cost: Decimal | None
    days: int | None
    benefit_pct: Decimal | None

    def covers(self, cost: Decimal, days: int, benefit_pct: Decimal) -> bool:
        """Return whether none of the three is above it; their signs do not matter."""
        asked = (
            (cost, self.cost), (Decimal(days), self.days), (benefit_pct, self.benefit_pct),
        )  # fmt: skip
        return all(limit is None or abs(value) <= Decimal(limit) for value, limit in asked)


def level_for(
    limits: Mapping[str, Limit], cost: Decimal, days: int, benefit_pct: Decimal
) -> str | None:
    """Return the lowest level whose limit covers all three; None where no level's does. A level
    without a limit of its own decides nothing."""
    within = (each for each in LEVELS if each in limits)
    return next((each for each in within if limits[each].covers(cost, days, benefit_pct)), None)


def levels_of(roles: Iterable[str]) -> set[str]:
    """Return the levels at which who holds these roles decides."""
    return {OF_ROLES[role] for role in roles if role in OF_ROLES}


def reaches(levels: Iterable[str], level: str) -> bool:
    """Return whether one of the levels is as high as another, or higher."""
    return any(LEVELS.index(each) >= LEVELS.index(level) for each in levels)


def higher(one: str, other: str) -> str:
    """Return the higher of two levels."""
    return max(one, other, key=LEVELS.index)
