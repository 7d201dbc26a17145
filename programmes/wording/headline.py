"""The sentence at the top of a programme's page: what is arriving and what threatens it, from its
figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pmhub.rounding import percent


@dataclass(frozen=True, slots=True)
class Threat:
    """The greatest threat: a late dependency or an open risk."""

    code: str
    title: str
    days_late: int | None = None
    expected_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The figures from which the sentence is made; None is not known. Money in the portfolio's
    unit. So many projects are `unbaselined` and `unforecast`: the baseline and the cost leave them
    out."""

    benefits_forecast: Decimal | None = None
    benefits_planned: Decimal | None = None
    benefits_actual: Decimal | None = None
    benefits_at_stake: Decimal | None = None
    finish: date | None = None
    slip_days: int | None = None
    hidden_delay_days: int | None = None
    unbaselined: int = 0
    approved: Decimal | None = None
    variance: Decimal | None = None
    unforecast: int = 0
    funding_cover: Decimal | None = None
    cover_bounds: Sequence[Decimal] = ()
    late: Threat | None = None
    risk: Threat | None = None


def sentence(outlook: Outlook, money: Callable[[Decimal], str], day: Callable[[date], str]) -> str:
    """Return two or three short sentences; what is not known is left out, never guessed."""
    parts = [_benefits(outlook, money), _delivery(outlook, money, day), _threats(outlook, money)]
    return (
        " ".join(part for part in parts if part) or "Nothing can be said yet: there are no figures."
    )


def _benefits(outlook: Outlook, money: Callable[[Decimal], str]) -> str:
    planned, forecast = outlook.benefits_planned, outlook.benefits_forecast
    if planned is None or forecast is None:
        return ""
    if planned <= 0:
        none = "no net benefit is planned"
        return f"{money(forecast)} of benefit is forecast; {none}{_at_stake(outlook, money)}."
    actual = outlook.benefits_actual
    nothing = "none" if actual is not None else "none measured"
    so_far = f"{money(actual) if actual else nothing} so far"
    arriving = f"{money(forecast)} of {money(planned)} planned benefit is forecast to arrive"
    return f"{arriving} ({percent(forecast / planned):f}%), {so_far}{_at_stake(outlook, money)}."


def _at_stake(outlook: Outlook, money: Callable[[Decimal], str]) -> str:
    """Return in words what of the forecast depends on a project that ended short, until the owners
    of benefits have decided about it."""
    stake = outlook.benefits_at_stake
    return f"; {money(stake)} of the forecast is at stake" if stake else ""


def _delivery(outlook: Outlook, money: Callable[[Decimal], str], day: Callable[[date], str]) -> str:
    parts = []
    if outlook.finish is not None:
        parts.append(f"the last project finishes on {day(outlook.finish)}{_slip(outlook)}")
    if outlook.variance is not None:
        cost = _cost(outlook, outlook.variance, money)
        parts.append(cost and cost + _left_out(outlook))
    text = "; ".join(part for part in parts if part)
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
    none = outlook.unbaselined
    lacking = f" ({_count(none, 'project')} without one)" if none else ""
    return f", {_count(abs(slip), 'day')} {side} baseline{lacking}{undeclared}"


def _cost(outlook: Outlook, variance: Decimal, money: Callable[[Decimal], str]) -> str:
    if outlook.approved == 0:
        cost = f"projects cost {money(-variance)}, and nothing is approved for them"
        return cost if variance else ""
    if variance == 0:
        return "projects cost what was approved"
    side = "more" if variance < 0 else "less"
    return f"projects cost {money(abs(variance))} {side} than approved"


def _left_out(outlook: Outlook) -> str:
    """Return in words how many projects the cost leaves out."""
    none = outlook.unforecast
    return f", leaving out {_count(none, 'project')} without a forecast of cost" if none else ""


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
        share = percent(cover, bounds=outlook.cover_bounds)
        parts.append(f"contingency covers {share:f}% of what may be needed")
    return f"What threatens it: {'; '.join(parts)}." if parts else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
