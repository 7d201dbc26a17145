"""Whether a figure is better or worse in a scenario, or whether that cannot be told.

When a project stops, leaves or comes later, its cost moves at once, while its benefits stay as
forecast until their owners change the forecast. A figure that looks better for that reason alone is
not called better. Where a project only comes later, present values are judged as if benefits came
as late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pmhub.rounding import rounded
from programmes.models import BenefitAssumption
from programmes.queries.whatif.scenarios import StoredTrial
from programmes.rollup.ledger import Better, Metric, Value

RANKS = {"green": 0, "amber": 1, "red": 2}
MEMBERS = ("projects_live", "projects_closed", "projects_terminated")
STOPPED, LEFT, LATER = "benefits_at_stake", "project_left", "benefits_stay"
FOLLOW, UNASSUMED = "benefits_follow", "nothing_assumed"
# The figures that rest on what is assumed of benefits.
OUTTURN, AT_STAKE = "benefits_forecast_outturn", "benefits_at_stake"
VALUES = ("benefits_present_value", "net_present_social_value")
RATIO = "benefit_cost_ratio"
ASSUMED = (
    *VALUES, RATIO, OUTTURN, AT_STAKE, "benefits_confidence_weighted",
    "benefits_forecast_present_value", "case_npsv_now", "case_npsv_change",
)  # fmt: skip

Ends = tuple[Value, Value]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`better`, `worse`, or `unclear` with a reason; an empty word where it is neither. `at_stake`
    is the value of benefits at stake, where that is the reason; `expected` is the value of the
    figure by what is assumed of benefits, by which a delay is judged."""

    word: str = ""
    reason: str = ""
    at_stake: Decimal | None = None
    expected: Decimal | None = None


def difference(metric: Metric, ends: Ends) -> Decimal | None:
    """Return by how much a figure changes: in its unit, a date in days, health in levels."""
    before, after = (RANKS.get(end) if isinstance(end, str) else end for end in ends)
    if before is None or after is None:
        return None
    if isinstance(before, date) and isinstance(after, date):
        return Decimal((after - before).days)
    return Decimal(after) - Decimal(before)  # type: ignore[arg-type]  # both are numbers by now


def verdict(metric: Metric, ends: Ends, tried: StoredTrial, programme: int) -> Verdict:
    """Return whether the change of a figure of a programme is better or worse, by all that was
    tried."""
    word, reason = _plain(metric, ends), doubt(tried, programme)
    if unknown(metric, tried, programme):
        return Verdict("unclear", UNASSUMED)
    expected = _expected(metric, ends[1], tried, programme) if reason else None
    if reason == LATER and expected is not None:
        return Verdict(_plain(metric, (ends[0], expected)), FOLLOW, expected=expected)
    if word != "better":
        return Verdict(word, expected=expected)
    if not reason or (reason == LATER and not metric.discounted):
        return Verdict(word)
    stake = _number(tried, programme, AT_STAKE)[1] if reason == STOPPED else None
    return Verdict("unclear", reason, stake, expected)


def unknown(metric: Metric, tried: StoredTrial, programme: int) -> bool:
    """Return whether a figure is not known: it depends on benefits of which nothing is assumed, and
    a project may come later, stop or leave."""
    nothing = tried.assumption == BenefitAssumption.NONE
    return nothing and metric.name in ASSUMED and bool(doubt(tried, programme))


def _expected(metric: Metric, after: Value, tried: StoredTrial, programme: int) -> Decimal | None:
    """Return the value of a figure by what is assumed of benefits; None where it does not depend on
    that."""
    moved, lost = tried.followed.get(programme), -tried.outturns.get(programme, Decimal(0))
    if moved is None or not isinstance(after, Decimal):
        return None
    if metric.name in VALUES:
        return rounded(after + moved, 2)
    if metric.name == OUTTURN and lost:
        return rounded(after - lost, 2)
    if metric.name == AT_STAKE and lost > after:
        return rounded(lost, 2)
    costs = _number(tried, programme, "costs_present_value")[1]
    return after + moved / costs if metric.name == RATIO and costs > 0 else None


def _plain(metric: Metric, ends: Ends) -> str:
    change = difference(metric, ends)
    if not change or metric.better is None:
        return ""
    return "better" if (change > 0) is (metric.better is Better.MORE) else "worse"


def doubt(tried: StoredTrial, programme: int) -> str:
    """Return why a figure that looks better may not be: a project stops, leaves the programme or
    comes later; empty where none does."""
    if stops(tried):
        return STOPPED
    members = [_number(tried, programme, name) for name in MEMBERS]
    if sum(after for _, after in members) < sum(before for before, _ in members):
        return LEFT
    later = (finish for finish, _ in tried.projects.values())
    return LATER if any(was and then and then > was for was, then in later) else ""


def stops(tried: StoredTrial) -> bool:
    """Return whether a project stops in any of the programmes."""
    ends = [
        _number(tried, programme, name)
        for programme, name in tried.values
        if name in ("projects_terminated", "benefits_at_stake")
    ]
    return any(after > before for before, after in ends)


def _number(tried: StoredTrial, programme: int, name: str) -> tuple[Decimal, Decimal]:
    ends = tried.values.get((programme, name), (None, None))
    before, after = (end if isinstance(end, Decimal) else Decimal(0) for end in ends)
    return before, after
