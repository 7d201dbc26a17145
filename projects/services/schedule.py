"""The verbs of milestones: forecasting and achieving. The verbs of dependencies: agreeing,
delivering and accepting."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format

from pmhub.access import can
from pmhub.access.grants import grants_of
from pmhub.models import User
from pmhub.services import check_move, lock, not_in_the_future, refuse, save, turn
from projects.models import (
    Baseline,
    Dependency,
    DependencyMessage,
    MessageKind,
    Milestone,
    MilestoneForecast,
    MilestoneState,
    Project,
    Side,
)
from projects.services.negotiation import standing_offer, write_message

BOTH = "You stand on both sides: say for which one, giver or receiver."


@transaction.atomic
def record_milestone_forecast(
    milestone: Milestone,
    *,
    forecast_on: date | None = None,
    reported_on: date | None = None,
    by: User | None,
) -> MilestoneForecast:
    """Report when the milestone will be reached; without a day, its present forecast.

    One report a day: a second one replaces the first. The newest report is the forecast.
    """
    lock(milestone)
    as_of = milestone.project.owner_portfolio.as_of
    reported_on = reported_on or as_of
    not_in_the_future("reported_on", reported_on, as_of=as_of)
    forecast_on = forecast_on or milestone.forecast_on or milestone.baseline_on
    if forecast_on is None:
        refuse("forecast_on", "Give a day.")
    if milestone.state != MilestoneState.PLANNED:
        refuse("state", "Only a milestone still to come has a forecast.")
    report, _ = MilestoneForecast.objects.update_or_create(
        milestone=milestone,
        reported_on=reported_on,
        defaults={"forecast_on": forecast_on, "updated_by": by},
        create_defaults={"forecast_on": forecast_on, "updated_by": by, "created_by": by},
    )
    newest = not milestone.forecasts.filter(reported_on__gt=reported_on).exists()
    if newest and milestone.forecast_on != forecast_on:
        milestone.forecast_on = forecast_on
        save(milestone, "forecast_on", by=by)
    return report


def achieve_milestone(milestone: Milestone, *, actual_on: date, by: User | None) -> Milestone:
    """Record that the milestone was reached."""
    refuse_before_start(milestone.project, milestone.baseline_on, "actual_on")
    return turn(milestone, noun="achievement", actual_on=actual_on, by=by)


def refuse_before_start(project: Project, planned_on: date | None, field: str) -> None:
    """Refuse, at a field, that a milestone was reached before its project has started, except one
    that is planned (`planned_on`) before the start."""
    plan = current_baseline(project)
    earlier = planned_on is not None and plan is not None and planned_on < plan.starts_on
    if project.actual_start is None and not earlier:
        refuse(field, "The project has not started: give its actual start first.")


def current_baseline(project: Project) -> Baseline | None:
    """Return the baseline with the highest number of those approved by the status date; None where
    there is none."""
    approved = project.baselines.filter(approved_on__lte=project.owner_portfolio.as_of)
    return approved.order_by("-number").first()


def reached_after_start(project: Project) -> QuerySet[Milestone]:
    """Return the reached milestones that are not planned before the start of the project, by
    code."""
    reached = project.milestones.filter(actual_on__isnull=False).exclude(
        state=MilestoneState.CANCELLED
    )
    plan = current_baseline(project)
    earlier = reached.filter(baseline_on__lt=plan.starts_on) if plan else reached.none()
    return reached.exclude(pk__in=earlier.values("pk")).order_by("code")


@transaction.atomic
def propose_dependency(
    dependency: Dependency,
    *,
    side: str = "",
    need_by: date | None = None,
    forecast_on: date | None = None,
    text: str = "",
    by: User | None,
) -> Dependency:
    """Propose a dependency to the other side, with what the user's side needs or offers."""
    side = side or side_of(lock(dependency), by)
    check_move(dependency, "proposal")
    if not (text or need_by or forecast_on):
        return turn(dependency, noun="proposal", proposed_side=side, by=by)
    if not side:
        refuse("side", BOTH)
    kind = MessageKind.OFFER if side == Side.GIVER else MessageKind.REQUEST
    write_message(
        dependency,
        side=side,
        kind=kind,
        need_by=need_by,
        forecast_on=forecast_on,
        text=text,
        by=by,
    )
    return dependency


def side_of(dependency: Dependency, user: User | None) -> str:
    """Return the side on which a user stands: by a role on one of the two projects or, without one,
    by a role above. "" for a user who stands on both sides, or on neither."""
    grants = grants_of(user)
    ends = {side: getattr(dependency, side) for side in Side.values}
    own = [side for side, end in ends.items() if end and grants.on("project", end.pk)]
    above = [side for side, end in ends.items() if end and can(user, "write", end)]
    sides = own or above
    return sides[0] if len(sides) == 1 else ""


@transaction.atomic
def agree_dependency(
    dependency: Dependency, *, agreed_on: date | None = None, by: User | None
) -> Dependency:
    """Agree a dependency for both sides, for delivery on `agreed_on`; by default on the day of the
    offer that waits for an answer."""
    check_move(lock(dependency), "agreement")
    offer = standing_offer(dependency)
    offered = (offer.forecast_on or offer.need_by) if offer else None
    day = agreed_on or offered
    if day is None:
        refuse("agreed_on", "Give the day of the delivery: no offer names one.")
    fields: dict[str, Any] = {"agreed_on": day, "forecast_on": dependency.forecast_on or day}
    if offer and offered:
        _check_taken(offer, day)
        fields["forecast_on"] = day
        if offer.need_by:
            fields["need_by"] = offer.need_by
    return turn(dependency, noun="agreement", **fields, by=by)


def _check_taken(offer: DependencyMessage, day: date) -> None:
    """Refuse another day than the offered one: that needs an offer of its own."""
    if offer.forecast_on and day != offer.forecast_on:
        words = f"The giver offers {date_format(offer.forecast_on, 'j M Y')}"
        refuse("agreed_on", f"{words}: agree to that day, or make an offer of another.")
    if offer.need_by and day > offer.need_by:
        words = f"The receiver asks for it by {date_format(offer.need_by, 'j M Y')}"
        refuse("agreed_on", f"{words}: for a later day, make an offer.")


@transaction.atomic
def deliver_dependency(
    dependency: Dependency, *, delivered_on: date, by: User | None
) -> Dependency:
    """Record that the giver has delivered; the receiver still has to accept."""
    return turn(
        dependency, noun="delivery", delivered_on=delivered_on, forecast_on=delivered_on, by=by
    )


@transaction.atomic
def accept_dependency(dependency: Dependency, *, accepted_on: date, by: User | None) -> Dependency:
    """Record that the receiver has accepted the delivery; the dependency drives nothing any
    more."""
    check_move(lock(dependency), "acceptance")
    if dependency.delivered_on and accepted_on < dependency.delivered_on:
        refuse("accepted_on", "This is before the delivery: give that day or a later one.")
    return turn(dependency, noun="acceptance", accepted_on=accepted_on, by=by)


def withdraw_dependency(dependency: Dependency, *, by: User | None) -> Dependency:
    """Withdraw a dependency: nobody needs the deliverable any more."""
    return turn(dependency, noun="withdrawal", by=by)
