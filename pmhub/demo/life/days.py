"""Lets days go by in the demo: the status date moves on, and people do what they have to do, or do
not. Figures are computed at the end of each day.

Everything is drawn from one seed, so that the same demo lives the same days. What people write goes
through the services, as the person whose job it is, or as the PMO for those who have no account.
What the rules of the product refuse stays undone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from django.core.exceptions import ValidationError
from django.db import transaction

from pmhub.access import Withheld
from pmhub.database.history import WritePath, through
from pmhub.demo.life import benefits, decisions, registers, work
from pmhub.demo.life.duties import Day, Duty
from pmhub.models import Person, User
from pmhub.services import save
from programmes.models import Portfolio
from programmes.rollup import worker
from programmes.services import raise_exceptions

SATURDAY = 5
# People do between so much of what waits for them on a day, by their nature; a few do almost none.
DILIGENT, LAZY, LAZY_PEOPLE = (0.5, 0.98), (0.02, 0.1), 0.15


# How often the duties of a kind ended so: ("weekly updates", DONE).
Outcomes = Counter[tuple[str, str]]
DONE, LEFT, REFUSED = "done", "left undone", "refused"


def live(portfolio: Portfolio, days: int, *, office: User, sponsor: User, seed: int) -> Outcomes:
    """Let this many days go by, and return how often the duties of each kind were done, left undone
    by the person whose job they were, and refused by a rule. The portfolio's status date must be
    fixed. People's nature and all that happens follow from the seed."""
    random, outcomes = Random(seed), Outcomes()  # noqa: S311  # nothing secret is drawn
    for _ in range(days):
        on = _next_day(portfolio, office)
        outcomes += _one_day(Day(portfolio, on, random, office, sponsor), seed)
    return outcomes


def _next_day(portfolio: Portfolio, office: User) -> date:
    """Move the status date on by a day, and return it."""
    assert portfolio.status_date  # noqa: S101  # the policy is "fixed"
    portfolio.status_date += timedelta(days=1)
    with through(WritePath.IMPORT, by=office):
        save(portfolio, "status_date", by=office)
    return portfolio.status_date


def _one_day(day: Day, seed: int) -> Outcomes:
    """Let people work on a day, compute the figures, and return what came of the duties."""
    outcomes = Outcomes()
    if day.on.weekday() < SATURDAY:
        for duty in _duties(day):
            outcomes[duty.kind, _outcome(day, duty, seed)] += 1
    worker.drain()
    raise_exceptions()
    return outcomes


def _duties(day: Day) -> Iterator[Duty]:
    """Yield all that waits on a day. Each kind is looked up once the kinds before it are done."""
    for kind in (registers, work, benefits, decisions):
        yield from list(kind.duties(day))


def _outcome(day: Day, duty: Duty, seed: int) -> str:
    """Have somebody do a duty or leave it undone, and return what came of it."""
    if not day.chance(diligence(duty.person, seed)):
        return LEFT
    user = (duty.person and duty.person.user) or day.office
    try:
        with through(WritePath.IMPORT, by=user), transaction.atomic():
            duty.do(by=user)
    except (ValidationError, Withheld):
        return REFUSED
    return DONE


def diligence(person: Person | None, seed: int) -> float:
    """Return which share of what waits for a person gets done on a day, of 0 to 1; all of it, where
    it is the PMO's job. It stays the same for all days of a seed."""
    if person is None:
        return 1.0
    nature = Random(f"{seed} {person.code}")  # noqa: S311  # nothing secret is drawn
    least, most = LAZY if nature.random() < LAZY_PEOPLE else DILIGENT
    return nature.uniform(least, most)
