"""Milestones: forecasts and achievement. Dependencies: what was agreed, delivered and accepted."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from pmhub.models import User
from pmhub.services import lock, not_in_the_future, refuse, save
from projects.models import (
    Baseline,
    Dependency,
    DependencyStatus,
    Milestone,
    MilestoneForecast,
    MilestoneState,
    Project,
)

S = DependencyStatus
# Each state with those it can be reached from; settled for good are accepted and withdrawn.
REACHED_FROM = {
    S.PROPOSED: {S.IDENTIFIED},
    S.AGREED: {S.PROPOSED, S.REJECTED},
    S.DELIVERED: {S.AGREED},
    S.ACCEPTED: {S.DELIVERED},
    S.REJECTED: {S.DELIVERED},
    S.WITHDRAWN: {S.IDENTIFIED, S.PROPOSED, S.AGREED, S.DELIVERED, S.REJECTED},
}


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


@transaction.atomic
def achieve_milestone(milestone: Milestone, *, achieved_on: date, by: User | None) -> Milestone:
    """Record that the milestone was reached."""
    lock(milestone)
    not_in_the_future("achieved_on", achieved_on, as_of=milestone.project.owner_portfolio.as_of)
    if milestone.state != MilestoneState.PLANNED:
        refuse("state", f"The milestone is {milestone.get_state_display().lower()} already.")
    begun(milestone.project, milestone.baseline_on, "achieved_on")
    milestone.state, milestone.actual_on = MilestoneState.ACHIEVED, achieved_on
    return save(milestone, "state", "actual_on", by=by)


def begun(project: Project, planned_on: date | None, field: str) -> None:
    """Refuse that a milestone was reached before its project has started, but for one that is
    planned (`planned_on`) before the start."""
    plan = current_baseline(project)
    earlier = planned_on is not None and plan is not None and planned_on < plan.starts_on
    if project.actual_start is None and not earlier:
        refuse(field, "The project has not started: give its actual start first.")


def current_baseline(project: Project) -> Baseline | None:
    """The approved plan that is measured against: the one with the highest number."""
    return project.baselines.filter(approved_on__isnull=False).order_by("-number").first()


def reached_after_start(project: Project) -> QuerySet[Milestone]:
    """The milestones reached that are not planned before the start of the project, by code."""
    reached = project.milestones.filter(actual_on__isnull=False).exclude(
        state=MilestoneState.CANCELLED
    )
    plan = current_baseline(project)
    earlier = reached.filter(baseline_on__lt=plan.starts_on) if plan else reached.none()
    return reached.exclude(pk__in=earlier.values("pk")).order_by("code")


def _turn(dependency: Dependency, status: DependencyStatus) -> None:
    """Lock the dependency and put it into its next state, or refuse."""
    lock(dependency)
    if dependency.status not in REACHED_FROM[status]:
        earlier = " or ".join(sorted(REACHED_FROM[status]))
        refuse(
            "status",
            f"Only a dependency that is {earlier} can be {status}; it is {dependency.status}.",
        )
    dependency.status = status


@transaction.atomic
def propose_dependency(dependency: Dependency, *, by: User | None) -> Dependency:
    """Put the need to the giver."""
    _turn(dependency, S.PROPOSED)
    return save(dependency, "status", by=by)


@transaction.atomic
def agree_dependency(dependency: Dependency, *, agreed_on: date, by: User | None) -> Dependency:
    """Both sides commit to a delivery on the day `agreed_on`."""
    _turn(dependency, S.AGREED)
    dependency.agreed_on, dependency.delivered_on = agreed_on, None
    dependency.forecast_on = dependency.forecast_on or agreed_on
    return save(dependency, "status", "agreed_on", "delivered_on", "forecast_on", by=by)


@transaction.atomic
def deliver_dependency(
    dependency: Dependency, *, delivered_on: date, by: User | None
) -> Dependency:
    """The giver has delivered; the receiver still has to accept."""
    _turn(dependency, S.DELIVERED)
    as_of = dependency.receiver.owner_portfolio.as_of
    not_in_the_future("delivered_on", delivered_on, as_of=as_of)
    dependency.delivered_on = dependency.forecast_on = delivered_on
    return save(dependency, "status", "delivered_on", "forecast_on", by=by)


@transaction.atomic
def accept_dependency(dependency: Dependency, *, accepted_on: date, by: User | None) -> Dependency:
    """The receiver has what they need; the dependency drives nothing any more."""
    _turn(dependency, S.ACCEPTED)
    as_of = dependency.receiver.owner_portfolio.as_of
    not_in_the_future("accepted_on", accepted_on, as_of=as_of)
    if dependency.delivered_on and accepted_on < dependency.delivered_on:
        refuse("accepted_on", "Nothing is accepted before it is delivered.")
    dependency.accepted_on = accepted_on
    return save(dependency, "status", "accepted_on", by=by)


@transaction.atomic
def reject_dependency(dependency: Dependency, *, by: User | None) -> Dependency:
    """The receiver turns down what was delivered; it can be agreed anew."""
    _turn(dependency, S.REJECTED)
    return save(dependency, "status", by=by)


@transaction.atomic
def withdraw_dependency(dependency: Dependency, *, by: User | None) -> Dependency:
    """The need is gone."""
    _turn(dependency, S.WITHDRAWN)
    return save(dependency, "status", by=by)
