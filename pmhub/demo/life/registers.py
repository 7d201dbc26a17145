"""The duties that registers bring: milestones, dependencies, actions, issues, risks, assumptions,
permits and communications."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from django.db.models import Q
from django.db.models.functions import Coalesce

from pmhub.demo.life.duties import Day, Duty
from pmhub.models import User
from pmhub.services import add, save, turn
from projects import services
from projects.models import (
    Action,
    ActionState,
    Assumption,
    Communication,
    ComplianceItem,
    Dependency,
    DependencyStatus,
    Issue,
    IssueState,
    Milestone,
    MilestoneState,
    Project,
    ProjectStatus,
    Risk,
    RiskKind,
    RiskStatus,
)
from projects.models.states import ComplianceState

SOON = timedelta(days=3)
# What goes wrong on a site or in an office, as titles of issues.
TROUBLES = (
    "Deliveries arrive a week late",
    "A supplier has changed its contact and answers nobody",
    "Two teams booked the same room for their tests",
    "Drawings of the third floor are out of date",
    "Key staff are ill for two weeks",
    "The test environment is down on most mornings",
)
# What may go wrong: a cause, an event and an effect.
THREATS = (
    ("Trades are short in the region", "The next package gets one tender", "It costs more"),
    ("Winter is near", "Frost stops work outside", "Weeks are lost"),
    ("The supplier is being sold", "Its team changes", "Knowledge is lost and work repeated"),
    ("Users are busy until term ends", "They test late", "Faults are found after the launch"),
)


def duties(day: Day) -> Iterator[Duty]:
    """Yield what the registers of the portfolio ask for on a day."""
    for found in (
        milestones, dependencies, actions, issues, risks, assumptions, permits, communications,
        surprises,
    ):  # fmt: skip
        yield from found(day)


def live_projects(day: Day) -> Iterable[Project]:
    """Return the projects of the portfolio that go on, by code."""
    within = Q(programme__portfolio=day.portfolio) | Q(portfolio=day.portfolio)
    rows = Project.objects.filter(within, status=ProjectStatus.ACTIVE, archived_at=None)
    return rows.select_related("project_manager", "programme__programme_manager").order_by("code")


def milestones(day: Day) -> Iterator[Duty]:
    """Yield the milestones that are due: each was reached, or is forecast anew. Now and then one
    that lies ahead is forecast later."""
    rows = Milestone.objects.filter(project__in=live_projects(day), state=MilestoneState.PLANNED)
    rows = rows.annotate(due=Coalesce("forecast_on", "baseline_on")).order_by("pk")
    for row in rows.filter(due__lte=day.on + timedelta(days=60)).select_related(
        "project__project_manager"
    ):
        manager = row.project.project_manager
        if row.due > day.on:
            if day.chance(0.02):
                later = row.due + timedelta(days=day.random.randint(3, 21))
                yield Duty("forecasts of milestones", manager, partial(_forecast, row, later))
        elif row.project.actual_start and day.chance(0.5):
            reach = partial(services.achieve_milestone, row, actual_on=day.on)
            yield Duty("milestones reached", manager, reach)
        else:
            later = day.on + timedelta(days=day.random.randint(7, 35))
            yield Duty("forecasts of milestones", manager, partial(_forecast, row, later))


def _forecast(row: Milestone, on: date, *, by: User) -> None:
    services.record_milestone_forecast(row, forecast_on=on, by=by)


def dependencies(day: Day) -> Iterator[Duty]:
    """Yield the deliveries that are due and those that wait to be accepted."""
    rows = Dependency.objects.filter(receiver__in=live_projects(day)).order_by("code")
    rows = rows.select_related("giver__project_manager", "receiver__project_manager")
    for row in rows.filter(status=DependencyStatus.AGREED, forecast_on__lte=day.on):
        giver = row.giver.project_manager if row.giver else None
        if day.chance(0.5):
            deliver = partial(services.deliver_dependency, row, delivered_on=day.on)
            yield Duty("deliveries", giver, deliver)
        else:
            later = day.on + timedelta(days=day.random.randint(5, 30))
            yield Duty("forecasts of deliveries", giver, partial(_delay, row, later))
    for row in rows.filter(status=DependencyStatus.DELIVERED):
        accept = partial(services.accept_dependency, row, accepted_on=day.on)
        yield Duty("acceptances", row.receiver.project_manager, accept)


def _delay(row: Dependency, on: date, *, by: User) -> None:
    row.forecast_on = on
    save(row, "forecast_on", by=by)


def actions(day: Day) -> Iterator[Duty]:
    """Yield the actions that are due within a few days."""
    open_ones = Action.objects.filter(state__in=[ActionState.OPEN, ActionState.IN_PROGRESS])
    for row in open_ones.filter(due_on__lte=day.on + SOON).select_related("owner").order_by("pk"):
        done = partial(turn, row, noun="completion", done_on=day.on, evidence="Done as agreed")
        yield Duty("actions done", row.owner, done)


def issues(day: Day) -> Iterator[Duty]:
    """Yield the issues that nobody works on yet and those that are due; and those that are due are
    escalated now and then, where their project cannot resolve them."""
    rows = Issue.objects.filter(project__in=live_projects(day)).select_related("owner", "project")
    for row in rows.filter(state=IssueState.RAISED).order_by("pk"):
        yield Duty("issues taken up", row.owner, partial(turn, row, noun="start"))
    for row in rows.filter(state=IssueState.IN_PROGRESS, due_on__lte=day.on).order_by("pk"):
        if row.above and day.chance(0.15):
            escalate = partial(services.escalate_issue, row)
            yield Duty("issues escalated", row.owner, escalate)
        elif day.chance(0.4):
            end = partial(
                services.end, row, noun="resolution", actions="keep", resolution="Settled on site"
            )
            yield Duty("issues resolved", row.owner, end)


def risks(day: Day) -> Iterator[Duty]:
    """Yield the risks whose day has passed: they happen or are closed. Each week a few of the
    others are estimated anew."""
    rows = Risk.objects.filter(project__in=live_projects(day), status=RiskStatus.OPEN)
    rows = rows.select_related("owner").order_by("pk")
    for row in rows.filter(proximity_on__lt=day.on):
        if row.kind == RiskKind.THREAT and day.chance(0.25):
            happen = partial(
                services.materialise_risk,
                row,
                raised_on=day.on,
                due_on=day.on + timedelta(days=21),
                actions="move",
            )
            yield Duty("risks that happened", row.owner, happen)
        else:
            close = partial(services.close_risk, row, actions="cancel")
            yield Duty("risks closed", row.owner, close)
    if day.on.weekday() == 0:
        coming = rows.filter(Q(proximity_on=None) | Q(proximity_on__gte=day.on))
        for row in coming.exclude(residual_probability=None):
            if day.chance(0.15):
                yield Duty("risks estimated anew", row.owner, partial(_estimate, day, row))


def _estimate(day: Day, row: Risk, *, by: User) -> None:
    """Move the probability of a risk up or down by up to 15 points."""
    points = int(row.residual_probability * 100) + day.random.randint(-15, 15)
    row.residual_probability = Decimal(min(95, max(5, points))) / 100
    save(row, "residual_probability", by=by)


def assumptions(day: Day) -> Iterator[Duty]:
    """Yield the assumptions whose truth is to be known by now."""
    rows = Assumption.objects.filter(project__in=live_projects(day), state="open")
    for row in rows.filter(validate_by__lte=day.on).select_related("owner").order_by("pk"):
        confirm = partial(
            services.settle_assumption, row, noun="confirmation", evidence="Checked on site"
        )
        yield Duty("assumptions confirmed", row.owner, confirm)


def permits(day: Day) -> Iterator[Duty]:
    """Yield what has to be handed in for permits; of what was handed in, some is granted."""
    rows = ComplianceItem.objects.filter(project__in=live_projects(day)).order_by("pk")
    rows = rows.select_related("project__project_manager")
    for row in rows.filter(due_on__lte=day.on + timedelta(days=14)):
        manager = row.project.project_manager
        if row.state == ComplianceState.IN_PREPARATION:
            yield Duty("permits applied for", manager, partial(turn, row, noun="submission"))
        elif row.state == ComplianceState.SUBMITTED and day.chance(0.1):
            grant = partial(turn, row, noun="grant", granted_on=day.on, evidence="By letter")
            yield Duty("permits granted", manager, grant)


def communications(day: Day) -> Iterator[Duty]:
    """Yield what people should have been told by now."""
    rows = Communication.objects.filter(state="planned", planned_on__lte=day.on).order_by("pk")
    within = Q(project__in=live_projects(day)) | Q(programme__portfolio=day.portfolio)
    for row in rows.filter(within | Q(portfolio=day.portfolio)).select_related("owner"):
        send = partial(services.send_communication, row, sent_on=day.on)
        yield Duty("communications sent", row.owner, send)


def surprises(day: Day) -> Iterator[Duty]:
    """Yield issues and risks that nobody had foreseen."""
    for project in live_projects(day):
        manager = project.project_manager
        if manager and day.chance(0.02):
            yield Duty("issues raised", manager, partial(_raise_issue, day, project))
        if manager and day.chance(0.015):
            yield Duty("risks raised", manager, partial(_raise_risk, day, project))


def _raise_issue(day: Day, project: Project, *, by: User) -> None:
    row = Issue(
        project=project,
        code=services.next_code(Issue, project),
        title=day.random.choice(TROUBLES),
        severity=day.random.choice(["low", "medium", "medium", "high"]),
        raised_on=day.on,
        due_on=day.on + timedelta(days=day.random.randint(7, 28)),
        owner=project.project_manager,
    )
    add(row, by=by)


def _raise_risk(day: Day, project: Project, *, by: User) -> None:
    cause, event, effect = day.random.choice(THREATS)
    least = day.random.randint(1, 8) * 10
    row = Risk(
        project=project,
        code=services.next_code(Risk, project),
        title=event,
        cause=cause,
        event=event,
        effect=effect,
        status=RiskStatus.OPEN,
        owner=project.project_manager,
        proximity_on=day.on + timedelta(days=day.random.randint(30, 300)),
        residual_probability=Decimal(day.random.randint(1, 12)) / 20,
        residual_cost_min=least,
        residual_cost_most_likely=least * 2,
        residual_cost_max=least * 4,
    )
    add(row, by=by)
