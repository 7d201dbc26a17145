"""Anchors of benefits: asking the owner when the day of one moves, and moving the forecast with
it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction

from benefits.models import (
    CONCLUDED,
    AnchorState,
    Benefit,
    BenefitAnchor,
    BenefitProfileEntry,
    ProfileKind,
    VersionState,
    lost_anchors,
    moved_anchors,
)
from benefits.models.anchor import FARTHEST
from benefits.services.profiles import Period, write_profile
from pmhub.models import User
from pmhub.services import add, as_of, lock, refuse, refuse_state, save, turn
from projects.models import Milestone, MilestoneState, Output
from projects.models.states import OutputState

NO_DAY = "It has no day, or will not come: say first when it is expected."
NOT_TO_COME = "What it hangs on will not come any more."
PROPOSAL = ("state", "anchored_on", "begins_on", "answered_on", "reason")


@transaction.atomic
def anchor_benefit(
    benefit: Benefit,
    *,
    milestone: Milestone | None = None,
    output: Output | None = None,
    offset_days: int,
    by: User | None,
) -> BenefitAnchor:
    """Have what is still to come of a benefit begin so many days after a milestone or an output.
    Where the forecast begins on another day, the owner is asked at once."""
    _check_waited_for(lock(benefit), "benefit")
    anchor = BenefitAnchor(
        benefit=benefit, milestone=milestone, output=output, offset_days=offset_days
    )
    if (milestone is None) == (output is None):
        refuse("milestone", "Give exactly one: milestone or output.")
    day = day_of(anchor.on)
    if day is None:
        refuse("milestone" if milestone else "output", NO_DAY)
    anchor.anchored_on = day
    if abs(offset_days) <= FARTHEST and (coming := to_come(benefit)):
        begins = day + timedelta(days=offset_days)
        _check_to_come(benefit, coming, begins - coming[0].period_start, "offset_days")
    add(anchor, by=by)
    _follow(anchor, day, by=by)
    return anchor


def _check_waited_for(benefit: Benefit, field: str) -> None:
    if benefit.status in CONCLUDED:
        refuse_state(field, f"{benefit.code} is not waited for any more.")


def day_of(on: Milestone | Output) -> date | None:
    """Return the declared day of a milestone or an output; None where it has none or will not
    come."""
    if on.state in (MilestoneState.CANCELLED, OutputState.DESCOPED):
        return None
    if isinstance(on, Milestone):
        return on.actual_on or on.forecast_on or on.baseline_on
    return on.accepted_on or on.forecast_on or on.planned_on


def offset_of(benefit: Benefit, on: Milestone | Output) -> int | None:
    """Return the days from a milestone or an output to the first period that is still to come of a
    benefit, as both are now; None where one of them has no day."""
    day, coming = day_of(on), to_come(benefit)
    return (coming[0].period_start - day).days if day and coming else None


def to_come(benefit: Benefit) -> list[BenefitProfileEntry]:
    """Return the periods of the forecast in force that have not begun, the first one first."""
    entries = _in_force(benefit).filter(period_start__gt=as_of(benefit))
    return list(entries.order_by("period_start"))


def _in_force(benefit: Benefit) -> models.QuerySet[BenefitProfileEntry]:
    version = benefit.profile_versions.filter(
        kind=ProfileKind.FORECAST, state=VersionState.APPROVED
    ).last()
    return version.entries if version else BenefitProfileEntry.objects.none()


def propose_moves() -> int:
    """Ask the owners of benefits whose anchors have moved since they were last looked at, and take
    back the questions about anchors that are lost. Return how many owners were asked. A worker
    calls this; previews, rebuilds and comparisons never do."""
    for anchor in lost_anchors():
        _take_back(anchor)
    rows: Any = moved_anchors().select_related("benefit__programme__portfolio")
    return sum(_look(anchor, anchor.day) for anchor in rows)


@transaction.atomic
def _look(anchor: BenefitAnchor, day: date) -> bool:
    if lock(anchor).anchored_on == day:  # another worker has looked already
        return False
    return _follow(anchor, day, by=None)


@transaction.atomic
def _take_back(anchor: BenefitAnchor) -> None:
    """Take back the question whether a forecast moves. The anchor takes the day by which the
    forecast is in step, so that the owner is asked again should its milestone or output come after
    all."""
    lock(anchor)
    if not lost_anchors().filter(pk=anchor.pk).exists():  # answered meanwhile, or to come again
        return
    if coming := to_come(anchor.benefit):
        anchor.anchored_on = coming[0].period_start - timedelta(days=anchor.offset_days)
    anchor.state, anchor.begins_on = AnchorState.IN_STEP, None
    save(anchor, "anchored_on", *PROPOSAL, by=None)


def _follow(anchor: BenefitAnchor, day: date, *, by: User | None) -> bool:
    """Take over the new day of the anchor. Propose to move what is still to come where that begins
    on another day, and take an open proposal back where it does not. Return whether a move is
    proposed."""
    coming = to_come(anchor.benefit)
    begins = day + timedelta(days=anchor.offset_days)
    anchor.anchored_on, names = day, ["anchored_on"]
    proposed = bool(coming) and coming[0].period_start != begins
    if proposed:
        anchor.state, anchor.begins_on = AnchorState.PROPOSED, begins
        anchor.answered_on, anchor.reason = None, ""
        names = [*PROPOSAL]
    elif anchor.state == AnchorState.PROPOSED:
        anchor.state, anchor.begins_on = AnchorState.IN_STEP, None
        names = [*PROPOSAL]
    save(anchor, *names, by=by)
    return proposed


@transaction.atomic
def accept_move(anchor: BenefitAnchor, *, by: User | None) -> BenefitAnchor:
    """Write a new version of the forecast in which what is still to come has moved to the day that
    was proposed."""
    benefit = lock(lock(anchor).benefit)
    _check_waited_for(benefit, "state")
    if day_of(anchor.on) is None:
        refuse_state("state", NOT_TO_COME)
    turn(anchor, noun="acceptance", answered_on=as_of(anchor), by=by)
    coming = to_come(benefit)
    if not coming or anchor.begins_on is None:
        refuse_state("state", "Nothing is forecast any more that has not begun.")
    days = anchor.begins_on - coming[0].period_start
    if days:
        way = f"{abs(days.days)} days {'later' if days.days > 0 else 'earlier'}"
        write_profile(
            benefit,
            kind=ProfileKind.FORECAST,
            periods=[*_moved(benefit, coming, days)],
            reason=f"{way} with what it hangs on",  # its readers may not see the anchor
            by=by,
        )
    return anchor


def _check_to_come(
    benefit: Benefit, coming: list[BenefitProfileEntry], days: timedelta, field: str
) -> list[BenefitProfileEntry]:
    """Return the periods that have begun. Raise Conflict, at a field, where the periods to come,
    once moved by so many days, would overlap them or begin in the past."""
    now = as_of(benefit)
    begun = list(_in_force(benefit).filter(period_start__lte=now))
    first = coming[0].period_start + days
    if days and first <= max([now, *(entry.period_end for entry in begun)]):
        refuse_state(
            field,
            "It would begin in the past, or within what has begun: write the forecast by hand.",
        )
    return begun


def _moved(
    benefit: Benefit, coming: list[BenefitProfileEntry], days: timedelta
) -> Iterator[Period]:
    """Yield the periods of the new forecast: those that have begun stay, the others move by so many
    days."""
    for entry in _check_to_come(benefit, coming, days, "state"):
        yield entry.period_start, entry.period_end, entry.value, entry.low, entry.high
    for entry in coming:
        start, end = entry.period_start + days, entry.period_end + days
        yield start, end, entry.value, entry.low, entry.high


@transaction.atomic
def refuse_move(anchor: BenefitAnchor, *, reason: str, by: User | None) -> BenefitAnchor:
    """Leave the forecast as it is, and say why."""
    return turn(lock(anchor), noun="refusal", reason=reason, answered_on=as_of(anchor), by=by)
