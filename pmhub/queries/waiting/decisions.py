"""What waits for those who decide, approve and vote, and for those who must know of decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat

from pmhub.access.restricted_fields import EVERY
from pmhub.page_addresses import address_of
from pmhub.permissions import APPROVERS, LIMITERS, REPORTERS, STEERERS, Role
from pmhub.queries.waiting.asked_rows import AskedRows, AskingUser
from pmhub.queries.waiting.gates import voted
from pmhub.queries.waiting.names import OTHERWISE, REPORT, day_of, label_of
from pmhub.queries.waiting.rule import Asker, Rule, any_of, vacant
from programmes.delegated_limits import LEVELS, OF_ROLES
from programmes.models import (
    Acknowledgement,
    BusinessCase,
    CaseState,
    Decision,
    ExceptionReport,
    ExceptionState,
    HealthOverride,
    ProgrammeMandate,
    ReportState,
    StatusReport,
)
from programmes.models.closure_triggers import LASTING
from programmes.models.mandate import MandateState
from programmes.models.states import DecisionState, OverrideState
from projects.calendar import LEVELS as OVERSIGHT_LEVELS
from projects.models import (
    LIVE,
    BudgetLine,
    BudgetRequest,
    BudgetTransfer,
    ChangeRequest,
    ChangeState,
    ChangeVote,
    OversightDecision,
)
from projects.models.budget.states import BudgetRequestState, BudgetTransferState
from projects.models.oversight import OversightState
from projects.queries import levels_of_requests

# Those who lead what a record belongs to; above a project that is the manager of its programme.
LEADS = ("project__project_manager", "programme__programme_manager")
OF_PROJECT = ("project__programme__programme_manager", "project__programme__sro")
SRO = ("programme__sro", "project__programme__sro")
SUBMITTED = Q(state=BudgetRequestState.SUBMITTED)
GOES_ON = Q(project__status__in=LIVE) | Q(programme__stage__in=LASTING)
STRAYS_ON = (
    Q(project__status__in=LIVE)
    | Q(case__project__status__in=LIVE)
    | Q(case__programme__stage__in=LASTING)
)


def _oversees(asker: Asker) -> Q:
    """Return the condition on decisions about oversight that the person takes and has no part in:
    the PMO takes them, but the SRO if the level is below what the facts of the project ask for."""
    below = any_of(
        Q(level=level, derived_then__in=OVERSIGHT_LEVELS[place + 1 :])
        for place, level in enumerate(OVERSIGHT_LEVELS)
    )
    office = asker.holding(OversightDecision, {Role.PMO}, vacant=~below)
    condition = office | asker.holding(OversightDecision, {Role.SRO}) & below
    return condition & ~asker.has_part(OversightDecision)


def _hears_appeal(asker: Asker) -> Q:
    """Return the condition on decisions about oversight whose appeal the person hears: as PMO or
    SRO, without a part in them."""
    condition = asker.holding(OversightDecision, {Role.PMO, Role.SRO}, vacant=EVERY)
    return condition & ~asker.has_part(OversightDecision)


def _votes_on_changes(asker: Asker) -> Q:
    """Return the condition on change requests that the person decides, for themself or in the place
    of a lender, did not raise, and has not voted on since the last assessment."""
    last = {"change": OuterRef("pk"), "assessment": OuterRef("assessment")}

    def decides(person: int | None) -> Q:
        named = ChangeRequest.approvers.through._default_manager.filter(person=person)
        return Q(pk__in=named.values("changerequest")) & ~voted(ChangeVote, person, **last)

    lent = asker.standing_in(ChangeRequest, decides) & ~voted(ChangeVote, asker.person, **last)
    return (decides(asker.person) | lent) & ~asker.wrote & ~asker.concerned("written_by")


def _decides(model: Any, sro: str) -> Callable[[Asker], Q]:
    """Return the `asks` of a rule about records of a model: if the record is about a project, those
    who set its limits decide; else those who steer. `sro` is the path to the SRO of the
    programme."""

    def asks(asker: Asker) -> Q:
        limits = asker.holding(model, LIMITERS, vacant=vacant(*OF_PROJECT))
        steers = asker.holding(model, STEERERS, vacant=vacant(sro))
        return Q(project__isnull=False) & limits | Q(project__isnull=True) & steers

    return asks


def _decides_exceptions(asker: Asker) -> Q:
    above = _decides(ExceptionReport, "case__programme__sro")(asker)
    return above & ~asker.has_part(ExceptionReport)


def _by_deciding_role(asker: Asker) -> dict[str, Q]:
    """Return, by the roles that may decide about budget requests, the condition that the person
    holds it."""
    return {
        role: asker.holding(BudgetRequest, {Role(role)}, vacant=vacant(*SRO))
        for role, level in OF_ROLES.items()
        if level != "project_manager"
    }


def _with_amounts(asker: Asker) -> QuerySet[Any, tuple[int, Any]]:
    held = any_of(_by_deciding_role(asker).values())
    return BudgetRequest.objects.filter(held, SUBMITTED).order_by().values_list("pk", "amount")


AMOUNTS = AskedRows(_with_amounts)


def _by_level(asker: AskingUser) -> dict[str, list[int]]:
    """Return the budget requests that the person may have to decide, by the level that does."""
    levels = levels_of_requests(dict(AMOUNTS(asker)))
    return {level: [pk for pk, held in levels.items() if held == level] for level in LEVELS}


def _grants_budget(asker: Asker) -> Q:
    """Return the condition on budget requests that the person decides by the delegated limits. The
    programme manager stands in where a project has no executive, the PMO where there is no SRO."""
    by_role = _by_deciding_role(asker)
    at = {level: Q(pk__in=asker.listed(level)) for level in LEVELS}
    decides = any_of(held & at[OF_ROLES[role]] for role, held in by_role.items())
    next_above = by_role[Role.PROGRAMME_MANAGER]
    decides |= next_above & Q(project__executive=None) & at["executive"]
    return decides & ~asker.has_part(BudgetRequest)


def _moves_budget(asker: Asker) -> Q:
    """Return the condition on budget transfers that the person decides: they set the budgets of
    both lines or, if money moves between capital and revenue, speak for finance. The PMO is asked
    if the lines are of different programmes."""

    def both(roles: Any, *, whole: Q) -> Q:
        lines = BudgetLine.objects.filter(asker.holding(BudgetLine, roles, vacant=whole))
        ids = lines.order_by().values("pk")
        return Q(from_line__in=ids) & Q(to_line__in=ids)

    alike = Q(from_line__treatment=F("to_line__treatment"))
    apart = ~Q(from_line__project__programme=F("to_line__project__programme"))
    limits = both(LIMITERS, whole=vacant(*OF_PROJECT))
    pmo = both({Role.PMO}, whole=Q(pk__isnull=False)) & apart
    moves = alike & (limits | pmo) | ~alike & both({Role.FINANCE}, whole=Q())
    return moves & ~asker.has_part(BudgetTransfer)


def _approves_reports(asker: Asker) -> Q:
    of_projects = asker.holding(
        StatusReport, APPROVERS["projectreport"], vacant=vacant(*OF_PROJECT)
    )
    of_programmes = asker.holding(StatusReport, APPROVERS["statusreport"], vacant=vacant(*SRO))
    of = Q(project__isnull=False) & of_projects | Q(project__isnull=True) & of_programmes
    return of & ~asker.has_part(StatusReport)


def _hands_over_reports(asker: Asker) -> Q:
    of_projects, of_programmes = (
        asker.holding(StatusReport, REPORTERS[kind], vacant=EVERY)
        for kind in ("projectreport", "statusreport")
    )
    return Q(project__isnull=False) & of_projects | Q(project__isnull=True) & of_programmes


def _sponsored(person: int) -> Q:
    return Q(sponsor=person)


def _approves_mandates(asker: Asker) -> Q:
    steers = asker.holding(ProgrammeMandate, STEERERS, vacant=vacant("programme__sro"))
    named = asker.named("sponsor") | asker.standing_in(ProgrammeMandate, _sponsored)
    condition = named | Q(sponsor=None) & steers
    return condition & ~asker.has_part(ProgrammeMandate)


def _approves_cases(asker: Asker) -> Q:
    steers = asker.holding(BusinessCase, STEERERS, vacant=vacant("programme__sro"))
    return steers & ~asker.has_part(BusinessCase)


def _approves_overrides(asker: Asker) -> Q:
    steers = asker.holding(HealthOverride, STEERERS, vacant=vacant(*SRO))
    return steers & ~asker.has_part(HealthOverride)


RULES = (
    Rule(
        "change_to_decide", "Changes to decide", ChangeRequest, "change-requests",
        who="whoever decides it by the delegated limits, or their deputy, until they have voted",
        waits=Q(state=ChangeState.IMPACT_ASSESSED), asks=_votes_on_changes,
        code="code", called="title", does="Decide it", verb="approval",
    ),
    Rule(
        "change_to_implement", "Approved changes to implement", ChangeRequest, "change-requests",
        who="who leads what it changes",
        waits=Q(state=ChangeState.APPROVED) & GOES_ON,
        asks=lambda asker: asker.named(*LEADS),
        code="code", called="title", verb="implementation",
    ),
    Rule(
        "budget_request_to_decide", "Budget requests to decide", BudgetRequest, "budget-requests",
        who="whoever decides so much by the delegated limits, and neither asks nor leads",
        waits=SUBMITTED, asks=_grants_budget, needs=_by_level,
        code="code", called="title", does="Decide it", verb="approval",
    ),
    Rule(
        "transfer_to_decide", "Budget transfers to decide", BudgetTransfer, "budget-transfers",
        who="whoever sets both budgets, or speaks for finance, and neither asks nor leads",
        waits=Q(state=BudgetTransferState.PROPOSED), asks=_moves_budget,
        called="reason", does="Decide it", verb="approval", home="from_line",
    ),
    Rule(
        "case_to_decide", "Business cases to decide", BusinessCase, "business-cases",
        who="the SRO and the sponsor, where they neither wrote nor lead it",
        waits=Q(state=CaseState.SUBMITTED), asks=_approves_cases,
        code="code", called=label_of(BusinessCase, "kind"), does="Decide it", verb="approval",
    ),
    Rule(
        "exception_to_decide", "Exceptions to decide", ExceptionReport, "exceptions",
        who="whoever stands above those who lead what has strayed",
        waits=Q(state=ExceptionState.OPEN), asks=_decides_exceptions,
        called=label_of(ExceptionReport, "kind"), verb="decision",
    ),
    Rule(
        "exception_to_explain", "Exceptions to say something about", ExceptionReport, "exceptions",
        who="who leads what has strayed, until they have said what could be done",
        waits=Q(state=ExceptionState.OPEN, options=""),
        asks=lambda asker: asker.named(*ExceptionReport.parties),
        called=label_of(ExceptionReport, "kind"), does="Say what could be done",
        form=lambda report, _: address_of("edit-record", "exceptions", report),
    ),
    Rule(
        "exception_to_close", "Exceptions that are decided", ExceptionReport, "exceptions",
        who="who leads what has strayed, until what was decided is done",
        waits=Q(state=ExceptionState.DECIDED) & STRAYS_ON,
        asks=lambda asker: asker.named(*ExceptionReport.parties),
        due="until", ahead=None, called=label_of(ExceptionReport, "kind"),
        does="Do what was decided, and close it", verb="closure",
    ),
    Rule(
        "decision_to_make", "Questions to decide", Decision, "decisions",
        who="the SRO and the sponsor, of a project also the programme manager",
        waits=Q(state=DecisionState.PROPOSED), asks=_decides(Decision, "programme__sro"),
        called="title", verb="making",
    ),
    Rule(
        "decision_to_acknowledge", "Decisions to know of", Acknowledgement, "acknowledgements",
        who="whoever is to know of it",
        waits=Acknowledgement.waits_for["person"], asks=lambda asker: asker.named("person"),
        due="asked_again_on", ahead=None,
        called="decision__title", verb="reading",
    ),
    Rule(
        "mandate_to_approve", "Mandates to approve", ProgrammeMandate, "mandates",
        who="the sponsor that it names, else the SRO, where they did not issue it",
        waits=Q(state=MandateState.ISSUED, programme__stage__in=LASTING), asks=_approves_mandates,
        called=F("programme__name"), verb="approval",
    ),
    Rule(
        "override_to_approve", "Overrides of health to approve", HealthOverride,
        "health-overrides",
        who="the SRO and the sponsor, where somebody else proposed it",
        waits=Q(state=OverrideState.PROPOSED, expires_on__gte=F("_day")) & GOES_ON,
        asks=_approves_overrides,
        called=label_of(HealthOverride, "colour"), verb="approval",
    ),
    Rule(
        "override_expiring", "Overrides of health that expire", HealthOverride,
        "health-overrides",
        who="whoever proposed it",
        waits=Q(state=OverrideState.APPROVED, expires_on__gte=F("_day")) & GOES_ON,
        asks=lambda asker: asker.named("by"),
        due="expires_on", called=label_of(HealthOverride, "colour"),
        does="Propose another, or let it end", lasting=True,
    ),
    Rule(
        "report_to_approve", "Reports to approve", StatusReport, "status-reports",
        who="the SRO, of a project also the programme manager, where somebody else wrote it",
        waits=Q(state=ReportState.SUBMITTED), asks=_approves_reports,
        called=REPORT, verb="approval",
    ),
    Rule(
        "report_to_submit", "Reports to hand over", StatusReport, "status-reports",
        who="its author, who may hand it over",
        waits=Q(state=ReportState.DRAFT),
        asks=lambda asker: asker.named("author") & _hands_over_reports(asker),
        called=REPORT, does="Finish it and hand it over",
    ),
    Rule(
        "report_prepared", "Reports that others prepared", StatusReport, "status-reports",
        who="who leads what it speaks of, where somebody else wrote it",
        waits=Q(state=ReportState.DRAFT),
        asks=lambda asker: asker.named(*LEADS) & ~Q(author=asker.person),
        called=Concat(
            REPORT, Value(", draft by "), Coalesce("author__name", Value("somebody")),
            Value(" of "), day_of("updated_at"),
        ),
        verb="submission",
    ),
    Rule(
        "report_to_publish", "Reports to publish", StatusReport, "status-reports",
        who="its author",
        waits=Q(state=ReportState.APPROVED), asks=lambda asker: asker.named("author"),
        called=REPORT, verb="publication",
    ),
    Rule(
        "oversight_to_decide", "Oversight to decide about", OversightDecision,
        "oversight-decisions",
        who="the PMO, or the SRO where it is less than the project asks for, who did not propose"
        " it",
        waits=Q(state=OversightState.PROPOSED, project__status__in=LIVE), asks=_oversees,
        called=OTHERWISE, verb="decision",
    ),
    Rule(
        "oversight_appeal", "Appeals against oversight", OversightDecision, "oversight-decisions",
        who="the PMO and the SRO, who neither proposed nor decided it",
        waits=Q(state=OversightState.APPEALED, project__status__in=LIVE), asks=_hears_appeal,
        called=OTHERWISE, does="Answer it", verb="upholding",
    ),
)  # fmt: skip
