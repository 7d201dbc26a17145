"""The period over which a page shows what moved, from its address: `?since=`, and `?until=`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from pmhub.accounts.visits import last_visit
from programmes import queries
from programmes.models import Portfolio, Programme
from programmes.queries import NoMoment
from projects.models import Project

Owner = Portfolio | Programme | Project

LATELY = "month"
SPANS = {"week": timedelta(days=7), LATELY: queries.LATELY}
VISIT, REPORT = "visit", "report"
WORDS = {
    VISIT: "Since your last visit",
    REPORT: "Since the last report",
    "week": "Last 7 days",
    LATELY: "Last 30 days",
}
LATELY_INSTEAD = "; here are the last 30 days"


@dataclass(frozen=True, slots=True)
class ChosenPeriod:
    """The period over which somebody wants to know what moved. `since` is the choice, a day or one
    of `WORDS`; `day` and `until` are the days that were typed; `wrong` is a sentence about what was
    not possible."""

    begin: datetime
    end: datetime
    since: str
    day: str = ""
    until: str = ""
    wrong: str = ""
    choices: Sequence[tuple[str, str]] = ()


def requested_period(
    address: Mapping[str, str], owner: Owner, user: Any, at: datetime | None
) -> ChosenPeriod:
    """Return the period of an address, which ends at a past moment or now. Without a choice, or
    where that is not possible, it is the last 30 days."""
    end, until, wrong = at or timezone.now(), address.get("until", ""), ""
    zone = portfolio_of(owner).time_zone
    try:
        end = min(end, queries.moment(until, zone)) if until else end
        since = address.get("since") or LATELY
        begin = _begin(since, owner, user, end, zone)
        if begin >= end:
            raise NoMoment("not_before", "The first day has to come before the last one")
    except NoMoment as error:
        since, begin = LATELY, end - SPANS[LATELY]
        wrong = error.detail.rstrip(".") + LATELY_INSTEAD
    return ChosenPeriod(
        begin=begin,
        end=end,
        since=since,
        day="" if since in WORDS else since,
        until=until,
        wrong=wrong,
        choices=[choice for choice in WORDS.items() if choice[0] in kinds_for(owner)],
    )


def kinds_for(owner: Owner) -> set[str]:
    """Return which of `WORDS` can be chosen: a portfolio has no report."""
    return {*WORDS} - ({REPORT} if isinstance(owner, Portfolio) else set())


def portfolio_of(owner: Owner) -> Portfolio:
    """Return the portfolio that an owner of figures is, or belongs to."""
    if isinstance(owner, Portfolio):
        return owner
    portfolio: Portfolio = owner.owner_portfolio if isinstance(owner, Project) else owner.portfolio
    return portfolio


def _begin(since: str, owner: Owner, user: Any, end: datetime, zone: str) -> datetime:
    """Return when the period begins; raises NoMoment."""
    if since in SPANS:
        return end - SPANS[since]
    if since == VISIT:
        begin, missing = last_visit(user, here=False), "You have not been here before"
    elif since == REPORT and not isinstance(owner, Portfolio):
        begin, missing = queries.last_report(owner, end), "No report has been published yet"
    else:
        return queries.moment(since, zone)
    if begin is None:
        raise NoMoment("none", missing)
    return begin
