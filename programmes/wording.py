"""The sentence on top of a programme: what is arriving and what threatens it, from its figures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Threat:
    """What could spoil it most: a late dependency or an open risk."""

    code: str
    title: str
    days_late: int | None = None
    expected_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The figures the sentence is made from; None is not known. Money in the portfolio's unit."""

    benefits_forecast: Decimal | None = None
    benefits_planned: Decimal | None = None
    benefits_actual: Decimal | None = None
    finish: date | None = None
    slip_days: int | None = None
    hidden_delay_days: int | None = None
    variance: Decimal | None = None
    funding_cover: Decimal | None = None
    late: Threat | None = None
    risk: Threat | None = None


def sentence(outlook: Outlook, money: Callable[[Decimal], str], day: Callable[[date], str]) -> str:
    """Two or three short sentences; what is not known is left out, never guessed."""
    parts = [_benefits(outlook, money), _delivery(outlook, money, day), _threats(outlook, money)]
    return (
        " ".join(part for part in parts if part) or "Nothing can be said yet: there are no figures."
    )


def _benefits(outlook: Outlook, money: Callable[[Decimal], str]) -> str:
    planned, forecast = outlook.benefits_planned, outlook.benefits_forecast
    if planned is None or forecast is None:
        return ""
    if planned <= 0:
        return f"{money(forecast)} of benefit is forecast; no net benefit is planned."
    actual = outlook.benefits_actual
    so_far = f"{money(actual)} so far" if actual else "none so far"
    arriving = f"{money(forecast)} of {money(planned)} planned benefit is forecast to arrive"
    return f"{arriving} ({round(100 * forecast / planned)}%), {so_far}."


def _delivery(outlook: Outlook, money: Callable[[Decimal], str], day: Callable[[date], str]) -> str:
    parts = []
    if outlook.finish is not None:
        parts.append(f"the last project finishes on {day(outlook.finish)}{_slip(outlook)}")
    if outlook.variance is not None:
        parts.append(_cost(outlook.variance, money))
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _slip(outlook: Outlook) -> str:
    slip, hidden = outlook.slip_days, outlook.hidden_delay_days or 0
    if slip is None:
        return ""
    if slip == 0:
        return ", on its baseline"
    side = "after" if slip > 0 else "before"
    undeclared = ""
    if slip > 0 and hidden > 0:
        undeclared = ", none of it declared" if hidden >= slip else f", {hidden} of them undeclared"
    return f", {_count(abs(slip), 'day')} {side} baseline{undeclared}"


def _cost(variance: Decimal, money: Callable[[Decimal], str]) -> str:
    if variance == 0:
        return "projects cost what was approved"
    side = "more" if variance < 0 else "less"
    return f"projects cost {money(abs(variance))} {side} than approved"


def _threats(outlook: Outlook, money: Callable[[Decimal], str]) -> str:
    parts = []
    late, risk, cover = outlook.late, outlook.risk, outlook.funding_cover
    if late is not None and late.days_late:
        parts.append(f"{late.code} “{late.title}” is {_count(late.days_late, 'day')} late")
    if risk is not None:
        cost = risk.expected_cost
        worth = f", worth {money(cost)} on average" if cost else ""
        parts.append(f"the largest risk is {risk.code} “{risk.title}”{worth}")
    if cover is not None and cover < 1:
        parts.append(f"contingency covers {round(cover * 100)}% of what may be needed")
    return f"What threatens it: {'; '.join(parts)}." if parts else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# What moved a figure

ADDED = {
    "benefit": "benefit added",
    "contingencymovement": "contingency released",
    "dependency": "dependency added",
    "programmeline": "budget line added",
    "risk": "risk raised",
}
REMOVED = {
    "benefit": "benefit deleted",
    "contingencymovement": "contingency movement deleted",
    "dependency": "dependency deleted",
    "programmeline": "budget line deleted",
    "risk": "risk deleted",
}
# By the reason for which a record does not count: what was done to one that did, and to one that
# does again.
STOPPED = {
    "aggregated": "risk counted within another",
    "closed": "closed",
    "draft": "made a draft again",
    "escalated": "risk escalated to the programme",
    "intermediate": "no end benefit any more",
    "materialised": "risk has happened",
    "no_baseline": "baseline taken away",
    "no_budget": "budget taken away",
    "no_dates": "dates taken away",
    "no_profile": "profile taken away",
    "not_estimated": "estimate taken away",
    "not_monetised": "no longer valued in money",
    "proximity_passed": "proximity date passed",
    "rejected": "risk rejected",
    "terminated": "project terminated",
    "withdrawn": "benefit withdrawn",
}
STARTED = {
    "aggregated": "risk counted by itself again",
    "closed": "reopened",
    "draft": "risk opened",
    "escalated": "risk returned to its project",
    "intermediate": "made an end benefit",
    "materialised": "reopened",
    "no_baseline": "baseline approved",
    "no_budget": "budget entered",
    "no_dates": "dates entered",
    "no_profile": "profile entered",
    "not_estimated": "estimate entered",
    "not_monetised": "valued in money",
    "proximity_passed": "proximity date moved",
    "rejected": "reopened",
    "terminated": "project resumed",
    "withdrawn": "benefit reinstated",
}
CAME = {"dependency": "dependency became late", "risk": "risk moved here"}
WENT = {"dependency": "dependency no longer late", "risk": "risk moved elsewhere"}


def movement(
    cause: str,
    kind: str = "",
    was: str | None = None,
    now: str | None = None,
    *,
    less: bool = False,
) -> str:
    """Why a part of a figure moved, as people say it: risk raised, benefit withdrawn.

    `was` and `now` are the reasons for which the source did not count before and after: nothing
    for one that did, None for one that had no line. `less` says that the figure fell by it.
    """
    words = cause.replace("_", " ")
    if cause == "record_added":
        added = ADDED.get(kind, words)
        return "contingency returned" if kind == "contingencymovement" and not less else added
    if cause == "record_removed":
        return REMOVED.get(kind, words)
    if cause.startswith("project_") or was == now:
        return words
    if was is None or now is None:
        told = (CAME if was is None else WENT).get(kind, words)
    else:
        told = (STOPPED.get(now) if now else STARTED.get(was)) or words
    if told in ("closed", "reopened"):
        told = f"{kind} {told}"
    undone = cause in ("time_passed", "rule_changed")
    return f"{words}: {told}" if undone and told != words else told
