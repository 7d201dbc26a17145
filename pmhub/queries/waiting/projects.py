"""What waits for those who lead projects, and for those whom they count on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, Least

from pmhub.page_addresses import address_of
from pmhub.permissions import Role
from pmhub.queries.waiting.rule import PAST, WEEK, Rule, vacant
from pmhub.rules import Rules
from programmes.models import ReportState, StatusReport
from programmes.rule_kinds import NAMES
from projects.calendar import INSPECTIONS, REPORTS, Calendar
from projects.models import (
    LIVE,
    Action,
    Allocation,
    Assumption,
    Communication,
    ComplianceItem,
    Dependency,
    DependencyStatus,
    FindingState,
    Inspection,
    InspectionFinding,
    InspectionState,
    Issue,
    IssueState,
    Milestone,
    Project,
    Risk,
    RiskStatus,
)
from projects.models.states import ComplianceState, Firmness, MilestoneState
from projects.oversight import (
    COMPETENCES,
    COMPLEXITIES,
    HAS,
    IMMATURE,
    LEVELS,
    MATURE,
    NEEDS,
    Ladder,
)

MOST_WATCHED = len(LEVELS) - 1
MONTH = timedelta(days=30)


def _rule(kind: type[Rules], name: str) -> Coalesce:
    """Return SQL for a number in the rules of this kind of a project's portfolio; the usual number
    if the portfolio has not set it."""
    held = (
        KeyTextTransform(name, KeyTransform(NAMES[kind], f"{above}portfolio__rules_in_force"))
        for above in ("", "programme__")
    )
    set_there = (Cast(rule, IntegerField()) for rule in held)
    return Coalesce(*set_there, Value(getattr(kind(), name)))


def _level() -> Case:
    """Return SQL for how closely a project is watched, as its position among the levels of
    oversight."""
    asks = (When(complexity=n, then=_rule(Ladder, f"{NEEDS}{n}")) for n in COMPLEXITIES)
    has = (
        When(project_manager__competence=c, then=_rule(Ladder, f"{HAS}{c}")) for c in COMPETENCES
    )
    least = _rule(Ladder, f"{HAS}{COMPETENCES[0]}")
    lacking = Case(*asks) - Case(*has, default=least)
    more = Case(When(regulated=True, then=_rule(Ladder, "regulated")), default=0)
    team = Case(
        When(team_maturity__gte=MATURE, then=-_rule(Ladder, "mature")),
        When(team_maturity__lte=IMMATURE, then=_rule(Ladder, "immature")),
        default=0,
    )
    derived = Least(Least(Greatest(lacking + team + 1, 0), MOST_WATCHED) + more, MOST_WATCHED)
    decided = (When(oversight_decided=level, then=place) for place, level in enumerate(LEVELS))
    return Case(When(oversight_until__gte=F("_day"), then=Case(*decided)), default=derived)


def _interval(name: str) -> ExpressionWrapper:
    """Return SQL for the time between two reports, or inspections, of a project; it depends on how
    closely the project is watched."""
    weeks = Func(
        *(_rule(Calendar, f"{name}{level}") for level in LEVELS), template="ARRAY[%(expressions)s]"
    )
    at_level = Func(
        weeks, _level() + 1, template="(%(expressions)s]", arg_joiner=")[",
        output_field=IntegerField(),
    )  # fmt: skip
    return ExpressionWrapper(at_level * timedelta(weeks=1), DurationField())


def last_report() -> Subquery:
    """Return SQL for the last day of which a project has reported."""
    said = StatusReport.objects.filter(project=OuterRef("pk"), state=ReportState.PUBLISHED)
    return Subquery(said.order_by("-period_end", "-published_at").values("period_end")[:1])


def next_report() -> Coalesce:
    """Return SQL for the day by which the next report of a project is due: the status date if it
    has never reported."""
    return Coalesce(Cast(last_report() + _interval(REPORTS), DateField()), F("_day"))


def _next_inspection() -> Cast:
    """Return SQL for the day by which the next inspection of a project that has begun is due."""
    since = Coalesce("inspected_on", "actual_start")
    return Cast(since + _interval(INSPECTIONS), DateField())


OPEN_RISK, ASKED = Q(status=RiskStatus.OPEN), Q(status=DependencyStatus.PROPOSED)
# An issue that an ended project has escalated is settled by its programme, in an issue of its own.
LEFT_TO_PROGRAMME = Q(
    state=IssueState.ESCALATED, project__isnull=False, escalated_to__isnull=False
) & ~Q(project__status__in=LIVE)
# A project that has ended neither gives nor receives.
GIVES, RECEIVES = Q(giver__status__in=LIVE), Q(receiver__status__in=LIVE)
OUTSIDE = Q(giver=None)  # an outside party does not sign in, so the receiver answers for it
INSPECTION_PLANNED = Inspection.objects.filter(
    project=OuterRef("pk"), state=InspectionState.PLANNED
)
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
        due=next_report(), ahead=WEEK, code="code", called="name",
        does="Write the update", form=lambda project, _: address_of("project-update", project),
        lasting=True,
    ),
    Rule(
        "milestone_overdue", "Milestones overdue", Milestone, "milestones",
        who="the project manager",
        waits=Q(state=MilestoneState.PLANNED, project__status__in=LIVE),
        asks=lambda asker: asker.named("project__project_manager"),
        due=Coalesce("forecast_on", "baseline_on"), ahead=PAST, code="code", called="title",
        does="Say when it was reached, or will be", lasting=True,
    ),
    Rule(
        "dependency_requested", "Requests from other projects", Dependency, "dependencies",
        who="the manager of the project that is to deliver",
        waits=ASKED & ~Q(proposed_side="giver") & GIVES,
        asks=lambda asker: asker.named("giver__project_manager"),
        due="need_by", ahead=None, code="code", called="deliverable", verb="agreement",
        home="giver",
    ),
    Rule(
        "dependency_offered", "Offers from other projects", Dependency, "dependencies",
        who="the manager of the project that is to receive",
        waits=ASKED & (Q(proposed_side="giver") & GIVES | OUTSIDE) & RECEIVES,
        asks=lambda asker: asker.named("receiver__project_manager"),
        due="need_by", ahead=None, code="code", called="deliverable", verb="agreement",
        home="receiver",
    ),
    Rule(
        "dependency_to_deliver", "Deliveries to other projects", Dependency, "dependencies",
        who="the manager of the project that has agreed to deliver",
        waits=Q(status=DependencyStatus.AGREED) & GIVES,
        asks=lambda asker: asker.named("giver__project_manager"),
        due=Coalesce("forecast_on", "agreed_on"), code="code", called="deliverable",
        verb="delivery", home="giver",
    ),
    Rule(
        "dependency_to_accept", "Deliveries to accept", Dependency, "dependencies",
        who="the manager of the project that receives",
        waits=Q(status=DependencyStatus.DELIVERED) & RECEIVES,
        asks=lambda asker: asker.named("receiver__project_manager"),
        code="code", called="deliverable", verb="acceptance", home="receiver",
    ),
    Rule(
        "risk_past", "Risks whose time is over", Risk, "risks",
        who="its owner and whoever acts on it",
        waits=OPEN_RISK,
        asks=lambda asker: asker.named("owner", "actionee"),
        due="proximity_on", ahead=PAST, code="code", called="title",
        does="Say what became of it", verb="closure", lasting=True,
    ),
    Rule(
        "issue_due", "Issues to resolve", Issue, "issues",
        who="its owner, unless it was escalated by a project that has ended to an issue of the"
        " programme",
        waits=Issue.answered_for["owner"] & ~LEFT_TO_PROGRAMME,
        asks=lambda asker: asker.named("owner"),
        due="due_on", code="code", called="title", does="Resolve it", verb="resolution",
    ),
    Rule(
        "issue_escalated", "Issues that projects escalated", Issue, "issues",
        who="the manager of the programme, until an issue of the programme stands for it",
        waits=Q(state=IssueState.ESCALATED, project__isnull=False, escalated_to=None),
        asks=lambda asker: asker.named("project__programme__programme_manager"),
        due="due_on", ahead=None, code="code", called="title", does="Resolve it, or return it",
        verb="resolution",
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
        verb="confirmation",
    ),
    Rule(
        "communication_due", "Communications to send", Communication, "communications",
        who="its owner",
        waits=Communication.answered_for["owner"],
        asks=lambda asker: asker.named("owner"),
        due="planned_on", code="code", called="title", verb="sending",
    ),
    Rule(
        "compliance_due", "Permits and inspections due", ComplianceItem, "compliance-items",
        who="the project manager",
        waits=~Q(state=ComplianceState.GRANTED) & Q(project__status__in=LIVE),
        asks=lambda asker: asker.named("project__project_manager"),
        due="due_on", ahead=MONTH, code="code", called="title", does="Move it on",
    ),
    Rule(
        "inspection_due", "Projects to inspect", Project, "projects",
        who="the assurers of the project, as often as it is watched",
        waits=Q(status__in=LIVE, actual_start__isnull=False) & ~Q(Exists(INSPECTION_PLANNED)),
        asks=lambda asker: asker.holding(Project, {Role.ASSURER}),
        due=_next_inspection(), code="code", called="name", does="Plan an inspection",
        form=lambda project, _: f"{address_of('new-record', 'inspections')}?project={project}",
        lasting=True,
    ),
    Rule(
        "inspection_to_hold", "Inspections to hold", Inspection, "inspections",
        who="the inspector",
        waits=Inspection.answered_for["inspector"],
        asks=lambda asker: asker.named("inspector"),
        due="planned_on", code="code", called="title", verb="holding",
    ),
    Rule(
        "finding_to_correct", "Findings to correct", InspectionFinding, "findings",
        who="its owner, or else the project manager",
        waits=InspectionFinding.answered_for["owner"],
        asks=lambda asker: asker.named("owner")
        | vacant("owner") & asker.named("inspection__project__project_manager"),
        due="due_on", ahead=None, code="code", called="text", verb="correction",
    ),
    Rule(
        "finding_to_verify", "Findings to verify", InspectionFinding, "findings",
        who="the assurers of the project, who neither correct it nor lead it",
        waits=Q(state=FindingState.CORRECTED),
        asks=lambda asker: asker.holding(InspectionFinding, {Role.ASSURER})
        & ~asker.has_part(InspectionFinding),
        code="code", called="text", verb="verification",
    ),
    Rule(
        "handover_to_answer", "Projects to take over", Project, "projects",
        who="whoever is asked to manage it",
        waits=Q(status__in=LIVE),
        asks=lambda asker: asker.named("successor"),
        code="code", called="name", does="Take it over or decline",
        form=lambda project, _: f"{address_of('project', project)}#handing-over", lasting=True,
    ),
    Rule(
        "booking_to_answer", "Bookings to answer", Allocation, "allocations",
        who="the owner of the resource",
        waits=Q(firmness=Firmness.REQUESTED, project__status__in=LIVE),
        asks=lambda asker: asker.named("resource__owner"),
        due="starts_on", ahead=None, called=BOOKING, verb="booking",
    ),
)  # fmt: skip
