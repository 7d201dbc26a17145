"""Whether a figure is better or worse in a scenario, or whether that cannot be told.

A project that stops, leaves or comes later takes its cost along at once; its benefits stay as they
are forecast until their owners say otherwise. What looks better for that reason alone is not called
so: of a delay, present values are judged by what they come to if benefits come as late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pmhub.rounding import rounded
from programmes.queries.whatif.scenarios import Read
from programmes.rollup.ledger import Better, Metric, Value

RANKS = {"green": 0, "amber": 1, "red": 2}
MEMBERS = ("projects_live", "projects_closed", "projects_terminated")
STOPPED, LEFT, LATER = "benefits_at_stake", "project_left", "benefits_stay"
FOLLOW = "benefits_follow"

Ends = tuple[Value, Value]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`better`, `worse`, or `unclear` for a reason; nothing for what is neither. `at_stake` is what
    of the programme's benefits is, where that is the reason; `expected` is what the figure comes to
    if benefits come as late as their projects, where it is judged by that."""

    word: str = ""
    reason: str = ""
    at_stake: Decimal | None = None
    expected: Decimal | None = None


def difference(metric: Metric, ends: Ends) -> Decimal | None:
    """By how much a figure changes: in its unit, a date in days, health in levels."""
    before, after = (RANKS.get(end) if isinstance(end, str) else end for end in ends)
    if before is None or after is None:
        return None
    if isinstance(before, date) and isinstance(after, date):
        return Decimal((after - before).days)
    return Decimal(after) - Decimal(before)  # type: ignore[arg-type]  # both are numbers by now


def verdict(metric: Metric, ends: Ends, tried: Read, programme: int) -> Verdict:
    """Return what a change of a figure of a programme is worth, given all that was tried."""
    word, reason = _plain(metric, ends), doubt(tried, programme)
    if reason == LATER and (expected := _expected(metric, ends[1], tried, programme)) is not None:
        return Verdict(_plain(metric, (ends[0], expected)), FOLLOW, expected=expected)
    if word != "better":
        return Verdict(word)
    if not reason or (reason == LATER and not metric.discounted):
        return Verdict(word)
    stake = _number(tried, programme, "benefits_at_stake")[1] if reason == STOPPED else None
    return Verdict("unclear", reason, stake)


def _expected(metric: Metric, after: Value, tried: Read, programme: int) -> Decimal | None:
    """Return what a present value, or a ratio of two, comes to if benefits follow their
    projects."""
    moved = tried.followed.get(programme)
    if moved is None or not isinstance(after, Decimal):
        return None
    if metric.name in ("benefits_present_value", "net_present_social_value"):
        return rounded(after + moved, 2)
    costs = _number(tried, programme, "costs_present_value")[1]
    if metric.name == "benefit_cost_ratio" and costs > 0:
        return after + moved / costs
    return None


def _plain(metric: Metric, ends: Ends) -> str:
    change = difference(metric, ends)
    if not change or metric.better is None:
        return ""
    return "better" if (change > 0) is (metric.better is Better.MORE) else "worse"


def doubt(tried: Read, programme: int) -> str:
    """Return why what looks better in a programme may not be: a project stops, leaves it or comes
    later; nothing where none does."""
    if stops(tried):
        return STOPPED
    members = [_number(tried, programme, name) for name in MEMBERS]
    if sum(after for _, after in members) < sum(before for before, _ in members):
        return LEFT
    later = (finish for finish, _ in tried.projects.values())
    return LATER if any(was and then and then > was for was, then in later) else ""


def stops(tried: Read) -> bool:
    """Return whether a project stops, in whatever programme that shows."""
    ends = [
        _number(tried, programme, name)
        for programme, name in tried.values
        if name in ("projects_terminated", "benefits_at_stake")
    ]
    return any(after > before for before, after in ends)


def _number(tried: Read, programme: int, name: str) -> tuple[Decimal, Decimal]:
    ends = tried.values.get((programme, name), (None, None))
    before, after = (end if isinstance(end, Decimal) else Decimal(0) for end in ends)
    return before, after
