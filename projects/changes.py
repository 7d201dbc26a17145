"""Change requests as plain values: the writes held, the outcome of votes, and the plan that
follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from projects.evm import planned_value

Point = tuple[date, Decimal]
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class HeldWrite:
    """A write to REST that a change holds until it is implemented: method, address below the API's,
    body, and the version of its record when it was written down or last assessed."""

    title: str
    method: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    seen_version: int | None = None

    @property
    def stored(self) -> dict[str, Any]:
        """The write as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Impact:
    """The impact of a change: cost (more is positive), days (later is positive), benefits (more is
    positive), benefits in per cent of what is planned, and the money that is granted for the
    change."""

    cost: Decimal
    days: int
    benefit: Decimal
    benefit_pct: Decimal
    funded: Decimal


def weighed(
    cost: Decimal | None, days: int | None, *, said_cost: Decimal | None, said_days: int | None
) -> tuple[Decimal, int]:
    """Return the cost and the days that the level of decision is found by: of each the larger of
    what the trial found and what was stated."""
    return (
        max(cost or Decimal(0), said_cost or Decimal(0)),
        max(days or 0, said_days or 0),
    )


def outcome(approving: int, rejecting: int, votes: int) -> str:
    """Return the outcome of votes: approved by more than half, rejected by at least half, else
    deferred."""
    if 2 * approving > votes:
        return "approved"
    return "rejected" if 2 * rejecting >= votes else "deferred"


def replanned(
    profile: Sequence[Point], *, on: date, finish: date, budget: Decimal
) -> list[Point] | None:
    """Return a cumulative plan for another budget and finish: unchanged up to the day `on`, and
    from there scaled to the new finish and budget. None where the plan cannot be scaled so."""
    kept = [point for point in profile if point[0] <= on]
    ahead = [point for point in profile if point[0] > on]
    if kept and ahead and kept[-1][0] < on:
        kept.append((on, planned_value(profile, on).quantize(CENT, ROUND_HALF_UP)))
    start = kept[-1] if kept else (profile[0] if profile else None)
    if start is None or not ahead or finish <= start[0] or budget < start[1]:
        return None
    if not kept:
        ahead = ahead[1:]
    (last, total), (first, value) = profile[-1], start
    if last <= first:
        return None
    days, rise = (finish - first).days, budget - value
    plan = dict(kept or [start])
    for day, amount in ahead:
        moved = first + timedelta(days=round((day - first).days * days / (last - first).days))
        share = (amount - value) / (total - value) if total > value else Decimal(1)
        if moved > first:
            plan[moved] = (value + rise * share).quantize(CENT)
    plan[finish] = budget
    return sorted(plan.items())
