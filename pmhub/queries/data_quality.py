"""Rules of data quality: records without anybody responsible, without a recent report, with days
that have passed, benefits that are not measured or that nothing brings, money without an exchange
rate or above its envelope, and duplicates.

To add a rule, add its declaration here: the page, REST, the filter `finding` of its register and
the contract follow. Records that the reader may not see are not counted, nor do they make another
one a duplicate.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import (
    CharField,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from benefits.models import (
    Benefit,
    BenefitContribution,
    BenefitLevel,
    BenefitLink,
    BenefitMeasurement,
    BenefitProfileEntry,
)
from benefits.models.states import BenefitStatus
from pmhub.access import ways_up
from pmhub.access.grants import Reader
from pmhub.caching import quarter
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import Folded
from pmhub.models import Person
from pmhub.page_addresses import address_of
from programmes.health import Thresholds
from programmes.models import (
    CaseFlow,
    CaseOption,
    Envelope,
    Programme,
    ProgrammeLine,
    StrategicObjective,
)
from programmes.models.closure_triggers import ENDED
from programmes.queries.money.envelopes import approved_on_lines
from programmes.rollup.reading import unrated_benefits
from projects.models import (
    LIVE,
    Action,
    BudgetLine,
    Commitment,
    CommitmentState,
    CostActual,
    Inspection,
    InspectionState,
    Issue,
    IssueState,
    Milestone,
    MilestoneState,
    Project,
    Resource,
    Risk,
    RiskStatus,
)
from projects.models.action import UNDONE
from projects.queries import day_of, first_path
from projects.queries.inspections import inspector_now_leads

KEPT, ROW = 2_000_000, 100  # bytes of counts kept by a process, and of one count, about

kept = CachedReads(KEPT)

WHO, WHEN, WORTH, TWICE = "Who answers", "Days and reports", "Benefits", "Entered twice"
MONEY = "Money"
ALL = Q()
DAY = F("_day")
COUNTS = Q(
    status__in=[
        BenefitStatus.IDENTIFIED, BenefitStatus.PROFILED, BenefitStatus.APPROVED,
        BenefitStatus.REALISING,
    ]
)  # fmt: skip
CAME = (BenefitStatus.REALISED, BenefitStatus.SUSTAINED)
RUNS = Q(status__in=[str(status) for status in LIVE])
OPEN_RISK = Q(status=RiskStatus.OPEN)
OPEN_ISSUE = Q(state__in=[IssueState.RAISED, IssueState.IN_PROGRESS])
TO_DO = Q(state__in=[str(state) for state in UNDONE])
ACTIVE = Q(status="active")
PLANNED = Q(state=MilestoneState.PLANNED)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A fault in records of a `collection`: of the records that fulfil `among`, it finds those that
    fulfil `when`, in which `_day` is the status date of their portfolio. `when` may be a function
    of the reader. With `twice`, it finds records that share the text of that field, among those
    with the same parents `within`. `about` says what the fault leads to."""

    name: str
    title: str
    about: str
    group: str
    model: Any
    collection: str
    when: Q | Callable[[Any], Q] = ALL
    among: Q = ALL
    twice: str = ""
    within: tuple[str, ...] = ()

    def faulty(self, user: Any) -> QuerySet:
        """Return the records in use that a user may see and that have this fault."""
        rows = self.judged(user)
        when = self.when(user) if callable(self.when) else self.when
        amiss = _on_its_day(rows).filter(when)
        return amiss.filter(self._again(rows)) if self.twice else amiss

    def judged(self, user: Any) -> QuerySet:
        """Return the records in use that a user may see and that the rule examines."""
        rows: QuerySet = self.model.objects.visible_to(user).filter(self.among).order_by()
        return rows.filter(archived_at=None) if hasattr(self.model, "archived_at") else rows

    def _again(self, rows: QuerySet) -> Q:
        """Return the condition that another of these rows has the same text."""
        same = {name: OuterRef(name) for name in self.within}
        others = rows.filter(**same).exclude(pk=OuterRef("pk"))
        alike = others.alias(_said=Folded(self.twice)).filter(_said=Folded(OuterRef(self.twice)))
        return Q(Exists(alike)) & ~Q(**{self.twice: ""})

    @property
    def address(self) -> str:
        """The address of the list of the records that the rule finds."""
        return f"{address_of('register', self.collection)}?finding={self.name}"


def _on_its_day(rows: QuerySet) -> QuerySet:
    """Return the rows with the status date of their portfolio (`_day`) and the number of days for
    which a report is recent there (`_holds`); rows that belong to no portfolio have today's date
    only."""
    model: Any = rows.model
    ways = ways_up(model, "portfolio")
    if not ways:
        return rows.alias(_day=Value(timezone.localdate(), output_field=DateField()))
    set_there = KeyTextTransform(
        "stale_after_days", first_path(*(f"{w}__rag_thresholds" for w in ways))
    )
    usual = Value(str(Thresholds().stale_after_days), output_field=CharField())
    days = Cast(Coalesce(set_there, usual), IntegerField())
    return rows.alias(_day=day_of(*ways), _holds=days)


STALE = Q(declared_on__isnull=True) | Q(
    declared_on__lt=ExpressionWrapper(DAY - F("_holds"), output_field=DateField())
)
SERVES = Q(Exists(Benefit.objectives.through._base_manager.filter(benefit=OuterRef("pk"))))
MEASURED = Q(Exists(BenefitMeasurement.objects.filter(benefit=OuterRef("pk"))))


NO_RATE = ~Q(foreign_currency="") & Q(exchange_rate__isnull=True)
ORDERED = ~Q(state=CommitmentState.CANCELLED)


def _without_rates(user: Any) -> Q:
    """Return the condition that an amount of a benefit that counts in totals has no rate: one of
    its profile in force, or of a verified measurement."""
    lacking = Benefit._base_manager.filter(
        Q(Exists(BenefitMeasurement.objects.filter(NO_RATE, benefit=OuterRef("pk"))))
        | Q(Exists(BenefitProfileEntry.objects.filter(NO_RATE, benefit=OuterRef("pk"))))
    )
    return Q(pk__in=unrated_benefits([*lacking.values_list("pk", flat=True)]))


def _orphaned(user: Any) -> Q:
    """Return the condition that no contribution or link that the user sees leads to a benefit."""
    ways = ((BenefitContribution, "benefit"), (BenefitLink, "to_benefit"))
    brings: list[Any] = [
        model.objects.visible_to(user).filter(**{name: OuterRef("pk")}) for model, name in ways
    ]
    return ~Q(Exists(brings[0])) & ~Q(Exists(brings[1]))


def _unserved(user: Any) -> Q:
    """Return the condition that no benefit serves an objective, among those that the user sees and
    that were not given up."""
    benefits = Benefit.objects.visible_to(user).filter(COUNTS | Q(status__in=CAME))
    serves = Q(objective=OuterRef("pk")) | Q(objectives=OuterRef("pk"))
    return ~Q(Exists(benefits.filter(serves)))


def _unrated(
    name: str,
    title: str,
    model: Any,
    collection: str,
    when: Q | Callable[[Any], Q] = NO_RATE,
    among: Q = ALL,
) -> Rule:
    """Return the rule that records in another currency have no exchange rate."""
    return Rule(
        name, f"{title} without an exchange rate", "What they come to is in no total.",
        MONEY, model, collection, when, among=among & ~Q(foreign_currency=""),
    )  # fmt: skip


RULES: Sequence[Rule] = (
    Rule(
        "programme_unled", "Programmes without an SRO or a manager",
        "Nobody answers for them, and what they would decide goes to the PMO.",
        WHO, Programme, "programmes",
        Q(sro__isnull=True) | Q(programme_manager__isnull=True), among=~Q(stage__in=ENDED),
    ),
    Rule(
        "project_unled", "Live projects without a manager", "Nobody reports, and nobody is asked.",
        WHO, Project, "projects", Q(project_manager__isnull=True), among=RUNS,
    ),
    Rule(
        "risk_unowned", "Open risks without an owner", "Nobody watches them.",
        WHO, Risk, "risks", Q(owner__isnull=True), among=OPEN_RISK,
    ),
    Rule(
        "issue_unowned", "Open issues without an owner", "Nobody settles them.",
        WHO, Issue, "issues", Q(owner__isnull=True), among=OPEN_ISSUE,
    ),
    Rule(
        "action_unowned", "Actions without an owner", "Nobody does them.",
        WHO, Action, "actions", Q(owner__isnull=True), among=TO_DO,
    ),
    Rule(
        "benefit_unowned", "Benefits without an owner", "Nobody measures them once projects end.",
        WHO, Benefit, "benefits", Q(owner__isnull=True), among=COUNTS,
    ),
    Rule(
        "resource_unowned", "Resources without an owner", "Nobody says which project has them.",
        WHO, Resource, "resources", Q(owner__isnull=True),
    ),
    Rule(
        "inspector_leads", "Inspections by somebody who leads the project by now",
        "They are not independent, and cannot be held: another inspector is named first.",
        WHO, Inspection, "inspections", lambda user: inspector_now_leads(),
        among=Q(state=InspectionState.PLANNED),
    ),
    Rule(
        "report_stale", "Live projects without a recent report",
        "They count as not reported: what was said of them is older than the portfolio allows.",
        WHEN, Project, "projects", STALE, among=RUNS,
    ),
    Rule(
        "project_past", "Live projects that should have ended",
        "Their finish lies before the status date.",
        WHEN, Project, "projects", Q(forecast_finish__lt=DAY), among=RUNS,
    ),
    Rule(
        "milestone_past", "Milestones whose day has passed",
        "They were neither achieved nor given another day.",
        WHEN, Milestone, "milestones",
        Q(forecast_on__lt=DAY, project__status__in=[str(status) for status in LIVE]), among=PLANNED,
    ),
    Rule(
        "risk_past", "Open risks whose time has passed",
        "They count in no exposure any more, and nobody closed them.",
        WHEN, Risk, "risks", Q(proximity_on__lt=DAY), among=OPEN_RISK,
    ),
    Rule(
        "issue_past", "Open issues past their day", "They were to be settled before.",
        WHEN, Issue, "issues", Q(due_on__lt=DAY), among=OPEN_ISSUE,
    ),
    Rule(
        "action_past", "Actions past their day", "They were to be done before.",
        WHEN, Action, "actions", Q(due_on__lt=DAY), among=TO_DO,
    ),
    Rule(
        "benefit_unmeasured", "Benefits without a measure",
        "It is not said when they are measured next, or neither said nor seen what is measured.",
        WORTH, Benefit, "benefits",
        Q(next_measurement_on__isnull=True) | Q(measure="") & ~MEASURED, among=COUNTS,
    ),
    Rule(
        "benefit_orphaned", "Benefits that nothing brings",
        "No project contributes to them, and no outcome leads to them.",
        WORTH, Benefit, "benefits", _orphaned, among=COUNTS,
    ),
    Rule(
        "objective_unmeasured", "Objectives without a target",
        "How far they are cannot be said.",
        WORTH, StrategicObjective, "objectives",
        Q(unit="") | Q(target_value__isnull=True), among=ACTIVE,
    ),
    Rule(
        "benefit_unaligned", "End benefits that serve no objective",
        "What they are worth is shown under nothing that the organisation wants.",
        WORTH, Benefit, "benefits",
        Q(objective__isnull=True) & ~SERVES, among=COUNTS & Q(level=BenefitLevel.END),
    ),
    Rule(
        "objective_unserved", "Objectives that no benefit serves",
        "Nothing that is being done brings them nearer.",
        WORTH, StrategicObjective, "objectives", _unserved, among=ACTIVE,
    ),
    _unrated("cost_unrated", "Costs", CostActual, "cost-actuals"),
    _unrated("order_unrated", "Orders", Commitment, "commitments", among=ORDERED),
    _unrated("line_unrated", "Budget lines", BudgetLine, "budget-lines"),
    _unrated("programme_line_unrated", "Programme lines", ProgrammeLine, "programme-lines"),
    _unrated("risk_unrated", "Open risks", Risk, "risks", among=OPEN_RISK),
    _unrated("case_option_unrated", "Options of business cases", CaseOption, "case-options"),
    _unrated("case_flow_unrated", "Flows of business cases", CaseFlow, "case-flows"),
    _unrated("benefit_unrated", "Benefits", Benefit, "benefits", _without_rates, COUNTS),
    Rule(
        "envelope_exceeded", "Envelopes below what is approved",
        "A decision, a rate or a smaller envelope made it so: no more is approved there.",
        MONEY, Envelope, "envelopes", Q(amount__lt=approved_on_lines()),
    ),
    Rule(
        "person_twice", "People of the same name", "What one answers for is spread over several.",
        TWICE, Person, "people", twice="name",
    ),
    Rule(
        "resource_twice", "Resources of the same name",
        "What is booked of one is not seen at the other.",
        TWICE, Resource, "resources", twice="name", within=("portfolio",),
    ),
    Rule(
        "risk_twice", "Open risks of a project with the same title", "Exposure counts them twice.",
        TWICE, Risk, "risks", among=OPEN_RISK, twice="title", within=("project",),
    ),
    Rule(
        "benefit_twice", "Benefits of a programme with the same title", "They are counted twice.",
        TWICE, Benefit, "benefits", among=COUNTS, twice="title", within=("programme",),
    ),
)  # fmt: skip
BY_NAME = {rule.name: rule for rule in RULES}


def rules_of(model: Any) -> list[Rule]:
    """Return the rules about records of a model."""
    return [rule for rule in RULES if rule.model is model]


@dataclass(frozen=True, slots=True)
class Finding:
    """The number of records that a rule finds, of how many that it examines, as far as a user may
    see them."""

    rule: Rule
    count: int
    of: int


def findings(user: Any) -> list[Finding]:
    """Return what each rule finds among the records that a user may see. Takes at most two queries
    for each rule whose tables were touched since the user asked last."""
    key = user.pk, Reader(user).key, quarter()

    def counted(what: Hashable, rows: Callable[[], QuerySet]) -> int:
        return kept(what, key, lambda: rows().count(), lambda _: ROW)

    return [
        Finding(
            rule,
            counted(rule.name, partial(rule.faulty, user)),
            counted((rule.model, rule.among), partial(rule.judged, user)),
        )
        for rule in RULES
    ]
