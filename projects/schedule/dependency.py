"""The figures of one dependency. Days are calendar days."""

from dataclasses import dataclass
from datetime import date, timedelta

from projects.schedule.events import days_between
from projects.schedule.links import Link
from projects.schedule.timeline import Arrival, Timeline, arrival

# The reasons for a colour, worst first, each with the colour of a hard, driving dependency.
WILL_NOT_COME, FLOAT_EXHAUSTED, OVERDUE = "will_not_come", "float_exhausted", "overdue"
NOT_AGREED, NO_DATE, LATE = "not_agreed", "no_date", "late"
RED = (WILL_NOT_COME, FLOAT_EXHAUSTED, OVERDUE)
REASONS = (*RED, NOT_AGREED, NO_DATE, LATE)


@dataclass(frozen=True, slots=True)
class DependencyFigures:
    """The figures of a dependency. Days are calendar days; `remaining_float_days` is what is left
    of the receiver's float.

    `status` is done, green, amber or red, and `reason` the first of `will_not_come float_exhausted
    overdue not_agreed no_date late` that makes it amber or red, else "". `promise_differs_days` is
    by how much the delivery comes after the day last promised, where a milestone of the giver dates
    it instead of that promise.
    """

    effective_forecast: date | None
    lateness_days: int | None
    receiver_float_days: int | None
    remaining_float_days: int | None
    status: str
    reason: str = ""
    promise_differs_days: int | None = None


def dependency_figures(
    link: Link, giver: Timeline | None, receiver: Timeline | None, as_of: date
) -> DependencyFigures:
    """Return lateness against need-by, the receiver's float and the colour of one dependency.

    `giver` and `receiver` are the timelines of its ends, None where not known. Remaining float is
    None once it is accepted, where the dependency does not drive the schedule, or where the waiting
    event is reached.
    """
    comes = arrival(link, giver, as_of.toordinal())
    effective = None if comes.on is None else date.fromordinal(comes.on)
    lateness = days_between(effective, link.need_by)
    slack = _slack(link, receiver or Timeline())
    remaining = None if slack is None or lateness is None else slack - lateness
    reason = _reason(link, comes, lateness, remaining, as_of)
    differs = days_between(effective, link.forecast_on) if link.giver_milestone else None
    return DependencyFigures(
        effective_forecast=effective,
        lateness_days=lateness,
        receiver_float_days=slack,
        remaining_float_days=remaining,
        status="done" if link.accepted else _colour(link, reason),
        reason=reason,
        promise_differs_days=differs,
    )


def _slack(link: Link, receiver: Timeline) -> int | None:
    """Return the days from need-by plus lag to the declared day of the event that waits; None where
    no event waits, or the dependency does not drive it."""
    event = receiver.events.get(link.lands_on(receiver.cancelled))
    if event is None or event.reached or link.accepted or not link.drives:
        return None
    declared = date.fromordinal(event.declared) - timedelta(days=link.lag_days)
    return days_between(declared, link.need_by)


def _reason(
    link: Link, comes: Arrival, lateness: int | None, remaining: int | None, as_of: date
) -> str:
    there = link.given or comes.reached
    reasons = {
        WILL_NOT_COME: comes.will_not_come,
        FLOAT_EXHAUSTED: remaining is not None and remaining < 0,
        OVERDUE: link.need_by is not None and link.need_by < as_of and not there,
        NOT_AGREED: not link.agreed,
        NO_DATE: lateness is None,
        LATE: lateness is not None and lateness > 0,
    }
    return "" if link.accepted else next((name for name, holds in reasons.items() if holds), "")


def _colour(link: Link, reason: str) -> str:
    if not reason:
        return "green"
    return "red" if reason in RED and link.hard and link.drives else "amber"
