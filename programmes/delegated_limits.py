"""Delegated limits: which level decides what, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar

from pmhub.rules import Entry, Table

# Of money, days and per cent.
MOST, LONGEST, HUNDRED = Decimal("999999999999.99"), Decimal(20_000), Decimal(100)
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
class Approval:
    """Something that was approved of a project or a programme, and when: the cost, the days and the
    per cent of benefits that it came to, each 0 where it added none."""

    on: date
    at: datetime
    cost: Decimal
    days: int = 0
    benefit_pct: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Plan:
    """An approved plan, and when: what was approved before it is part of it. A plan that a change
    made counts for the levels below the one that decided the change alone (`level`)."""

    on: date
    at: datetime
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """What was approved of a project or a programme, and its plans from the first to the last.

    One change that is split in two is weighed as one: to what is asked for counts what was approved
    since the last plan.
    """

    approvals: Sequence[Approval] = ()
    plans: Sequence[Plan] = ()

    def weighed(
        self, level: str, cost: Decimal, days: int, benefit_pct: Decimal
    ) -> tuple[Decimal, int, Decimal]:
        """Return the three values of what is asked for, each with what was approved since the plan
        that counts for a level. A value that is 0, or less for cost and days, adds nothing, and
        stands alone; gains and losses of benefits are added up apart."""
        since = self._since(level)
        same = [each.benefit_pct for each in since if each.benefit_pct * benefit_pct > 0]
        return (
            cost + sum((each.cost for each in since), Decimal(0)) if cost > 0 else cost,
            days + sum(each.days for each in since) if days > 0 else days,
            benefit_pct + sum(same, Decimal(0)),
        )

    def _since(self, level: str) -> Sequence[Approval]:
        place = LEVELS.index(level)
        plans = [
            plan for plan in self.plans if plan.level is None or LEVELS.index(plan.level) > place
        ]
        if not plans:
            return self.approvals
        last = plans[-1]
        return [
            each
            for each in self.approvals
            if each.on > last.on or (each.on == last.on and each.at >= last.at)
        ]


NOTHING = Approved()


@dataclass(frozen=True, slots=True)
class Limit:
    """What a level may decide: cost, days and per cent of benefits, each without a limit where it
    is None."""

    cost: Decimal | None
    days: int | None
    benefit_pct: Decimal | None

    @property
    def bounds(self) -> tuple[Decimal | None, int | None, Decimal | None]:
        """Return the three limits."""
        return self.cost, self.days, self.benefit_pct

    def covers(self, cost: Decimal, days: int, benefit_pct: Decimal) -> bool:
        """Return whether none of the three values is above its limit; signs do not matter."""
        pairs = (
            (cost, self.cost), (Decimal(days), self.days), (benefit_pct, self.benefit_pct),
        )  # fmt: skip
        return all(limit is None or abs(value) <= Decimal(limit) for value, limit in pairs)


def _entries(level: str) -> Iterable[Entry]:
    words = level.replace("_", " ").capitalize().replace("Sro", "SRO")
    yield Entry(f"{level}_decides", bool, False, f"{words} decides")
    yield Entry(f"{level}_cost", Decimal, None, f"{words}: cost", True, high=MOST)
    yield Entry(f"{level}_days", int, None, f"{words}: days", True, high=LONGEST)
    yield Entry(
        f"{level}_benefit_pct", Decimal, None, f"{words}: per cent of benefits", True, high=HUNDRED
    )


class Limits(Table):
    """What each level decides without asking the next, rising by level. A value that is not set has
    no limit, and a level that is not said to decide decides nothing."""

    UNSET: ClassVar[str] = "nobody decides a change or a request for budget yet"
    ENTRIES: ClassVar = {entry.name: entry for level in LEVELS for entry in _entries(level)}

    @property
    def by_level(self) -> dict[str, Limit]:
        """Return the limits of the levels that decide."""
        held = self.named
        return {
            level: Limit(*(held[f"{level}_{name}"] for name in ("cost", "days", "benefit_pct")))
            for level in LEVELS
            if held[f"{level}_decides"]
        }

    def check(self) -> None:
        """Raise ValueError for values that cannot be, and for a limit above that of a higher
        level."""
        super().check()
        limits = [*self.by_level.values()]
        for low, high in pairwise(limits):
            for one, other in zip(low.bounds, high.bounds, strict=True):
                if (Decimal("Infinity") if one is None else one) > (
                    Decimal("Infinity") if other is None else other
                ):
                    raise ValueError("Limits rise by level: none is above that of a higher one")


def level_for(
    limits: Mapping[str, Limit],
    cost: Decimal,
    days: int,
    benefit_pct: Decimal,
    approved: Approved = NOTHING,
) -> str | None:
    """Return the lowest level whose limit covers all three values, with what was `approved` before;
    None where none does. A level without an entry in `limits` decides nothing."""
    values = (cost, days, benefit_pct)
    within = (level for level in LEVELS if level in limits)
    return next(
        (level for level in within if limits[level].covers(*approved.weighed(level, *values))), None
    )


def levels_of(roles: Iterable[str]) -> set[str]:
    """Return the levels at which holders of these roles decide."""
    return {OF_ROLES[role] for role in roles if role in OF_ROLES}


def reaches_level(levels: Iterable[str], level: str) -> bool:
    """Return whether one of the levels is at least as high as `level`."""
    return any(LEVELS.index(one) >= LEVELS.index(level) for one in levels)


def higher_level(one: str, other: str) -> str:
    """Return the higher of two levels."""
    return max(one, other, key=LEVELS.index)
