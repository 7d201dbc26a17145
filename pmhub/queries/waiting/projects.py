"""What waits for those who lead projects, and for those whom they count on."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.db.models import Case, CharField, DateField, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from pmhub.addresses import address_of
from pmhub.models import Competence
from pmhub.queries.waiting.declaring import WEEK, Rule
from programmes.models import ReportState, StatusReport
from projects.models import (
    LIVE,
    Action,
    Allocation,
    Assumption,
    ComplianceItem,
    Dependency,
    DependencyStatus,
    Issue,
    Milestone,
    Project,
    Risk,
    RiskStatus,
)
from projects.models.states import ComplianceState, Firmness, MilestoneState
from projects.oversight import oversight_level, reporting_interval_weeks

PAST = timedelta(days=-1)  # waits once its day is over
MONTH = timedelta(days=30)


def _interval() -> Case:
    """The time between two reports of a project in SQL: by how closely it is watched."""
    watched: dict[int, Q] = defaultdict(Q)
    for complexity in range(1, 6):
        for competence in (*Competence.values, None):
            held = Q(project_manager__competence=competence or "")
            if competence is None:
                held |= Q(project_manager=None)
            for regulated in (False, True):
                level = oversight_level(complexity, competence, regulated)
                watched[reporting_interval_weeks(level)] |= held & Q(
                    complexity=complexity, regulated=regulated
                )
    return Case(*(When(who, then=timedelta(weeks=weeks)) for weeks, who in watched.items()))


def _next_report() -> Coalesce:
    """The day by which a project reports next in SQL: the status date where it never has."""
    said = StatusReport.objects.filter(project=OuterRef("pk"), state=ReportState.PUBLISHED)
    last = said.order_by("-period_end", "-published_at").values("period_end")[:1]
    return Coalesce(Cast(Subquery(last) + _interval(), DateField()), F("_day"))


OPEN_RISK, ASKED = Q(status=RiskStatus.OPEN), Q(status=DependencyStatus.PROPOSED)
OUTSIDE = Q(giver=None)  # an outside party does not sign in: the receiver speaks for it
BOOKING: Any = Concat(
    Cast(Func("units", function="trim_scale"), CharField()), Value(" "),
    "resource__unit", Value(" of "), "resource__name",
)  # fmt: skip

RULES = (
    Rule(
        "report_due", "Updates of projects to write", Project, "projects",
        who="the project manager, as often as the project is watched",
        waits=Q(status__in=LIVE),
        asks=lambda asker: asker.named("project_manager"),
        due=_next_report(), ahead=WEEK, code="code", called="name",
        does="Write the update", form=lambda project, _: address_of("project-update", project),
    ),
    Rule(
        "milestone_overdue", "Milestones overdue", Milestone, "milestones",
        who="the project manager",
        waits=Q(state=MilestoneState.PLANNED, project__status__in=LIVE),
        asks=lambda asker: asker.named("project__project_manager"),
        due=Coalesce("forecast_on", "baseline_on"), ahead=PAST, code="code", called="title",
        does="Say when it was reached, or will be",
    ),
    Rule(
        "dependency_requested", "Requests from other projects", Dependency, "dependencies",
        who="the manager of the project that is to deliver",
        waits=ASKED & ~Q(proposed_side="giver") & ~OUTSIDE,
        asks=lambda asker: asker.named("giver__project_manager"),
        due="need_by", ahead=None, code="code", called="deliverable", verb="agreement",
        home="giver",
    ),
    Rule(
        "dependency_offered", "Offers from other projects", Dependency, "dependencies",
        who="the manager of the project that is to receive",
        waits=ASKED & (Q(proposed_side="giver") | OUTSIDE),
        asks=lambda asker: asker.named("receiver__project_manager"),
        due="need_by", ahead=None, code="code", called="deliverable", verb="agreement",
        home="receiver",
    ),
    Rule(
        "dependency_to_deliver", "Deliveries to other projects", Dependency, "dependencies",
        who="the manager of the project that has agreed to deliver",
        waits=Q(status=DependencyStatus.AGREED) & ~OUTSIDE,
        asks=lambda asker: asker.named("giver__project_manager"),
        due=Coalesce("forecast_on", "agreed_on"), code="code", called="deliverable",
        verb="delivery", home="giver",
    ),
    Rule(
        "dependency_to_accept", "Deliveries to accept", Dependency, "dependencies",
        who="the manager of the project that receives",
        waits=Q(status=DependencyStatus.DELIVERED),
        asks=lambda asker: asker.named("receiver__project_manager"),
        code="code", called="deliverable", verb="acceptance", home="receiver",
    ),
    Rule(
        "risk_past", "Risks whose time is over", Risk, "risks",
        who="its owner and whoever acts on it",
        waits=OPEN_RISK,
        asks=lambda asker: asker.named("owner", "actionee"),
        due="proximity_on", ahead=PAST, code="code", called="title",
        does="Say what became of it",
    ),
    Rule(
        "issue_due", "Issues to resolve", Issue, "issues",
        who="its owner",
        waits=Issue.answered_for["owner"],
        asks=lambda asker: asker.named("owner"),
        due="due_on", code="code", called="title", does="Resolve it",
    ),
    Rule(
        "action_due", "Actions to do", Action, "actions",
        who="its owner",
        waits=Action.answered_for["owner"],
        asks=lambda asker: asker.named("owner"),
        due="due_on", called="title", verb="completion",
    ),
    Rule(
        "assumption_due", "Assumptions to validate", Assumption, "assumptions",
        who="its owner",
        waits=Assumption.answered_for["owner"],
        asks=lambda asker: asker.named("owner"),
        due="validate_by", code="code", called="text", does="Say whether it is true",
    ),
    Rule(
        "compliance_due", "Permits and inspections due", ComplianceItem, "compliance-items",
        who="the project manager",
        waits=~Q(state=ComplianceState.GRANTED) & Q(project__status__in=LIVE),
        asks=lambda asker: asker.named("project__project_manager"),
        due="due_on", ahead=MONTH, code="code", called="title", does="Move it on",
    ),
    Rule(
        "handover_to_answer", "Projects to take over", Project, "projects",
        who="whoever is asked to manage it",
        waits=Q(status__in=LIVE),
        asks=lambda asker: asker.named("successor"),
        code="code", called="name", does="Take it over or decline",
        form=lambda project, _: f"{address_of('project', project)}#handing-over",
    ),
    Rule(
        "booking_to_answer", "Bookings to answer", Allocation, "allocations",
        who="the owner of the resource",
        waits=Q(firmness=Firmness.REQUESTED),
        asks=lambda asker: asker.named("resource__owner"),
        due="starts_on", ahead=None, called=BOOKING, verb="booking",
    ),
)  # fmt: skip
