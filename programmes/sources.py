"""The kinds of records that lines of the ledger come from, each declared once: pure.

A new kind is one declaration here; what names records, explains a figure, tells who edited them and
links to them follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of record that lines of the ledger name.

    `name` is what the ledger calls it: the model's name in small letters; `model` its label.
    `code` and `title` are the fields it is called by, `words` what people call the kind,
    `collection` its address in REST and `page` the name of its page, if it has one.

    `homes` are the relations to what it belongs to; the first that is given says who may see it.
    `parts` are the records whose changes move its lines too: label of the model, and the relation
    to the source or, where that is made of others, to one of those that its fields `through` name.
    `holder` is the relation to the person to ask before it is moved, and what that person is to it.

    The rest are words for a part of a bridge: what a new or deleted record is called, and a line
    that came or went while the record stayed; `added_back` is for a new one that raises the figure
    where the kind lowers it.
    """

    name: str
    model: str
    code: str
    title: str
    words: str
    collection: str
    page: str = ""
    homes: Sequence[str] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    through: Sequence[str] = ()
    holder: tuple[str, str] | None = None
    added: str = ""
    added_back: str = ""
    removed: str = ""
    came: str = ""
    went: str = ""


PROJECT = SourceKind(
    "project",
    "projects.Project",
    "code",
    "name",
    words="project",
    collection="projects",
    page="project",
    homes=("programme",),
    parts={
        "projects.CostActual": "project",
        "projects.BudgetLine": "project",
        "projects.Baseline": "project",
        "projects.ContingencyMovement": "project",
        "programmes.HealthOverride": "project",
        "programmes.Tolerance": "project",
        "projects.WorkPackage": "project",
        "projects.Iteration": "project",
    },
    holder=("project_manager", "project_manager"),
)
PROGRAMME = SourceKind(
    "programme",
    "programmes.Programme",
    "code",
    "name",
    words="programme",
    collection="programmes",
    page="programme",
    holder=("programme_manager", "programme_manager"),
)
HEALTH_OVERRIDE = SourceKind(
    "healthoverride",
    "programmes.HealthOverride",
    "colour",
    "reason",
    words="override of health",
    collection="health-overrides",
    homes=("project", "programme"),
    added="health overridden",
    removed="override of health deleted",
    came="health overridden",
    went="override of health ended",
)
TOLERANCE = SourceKind(
    "tolerance",
    "programmes.Tolerance",
    "kind",
    "value",
    words="tolerance",
    collection="tolerances",
    homes=("project", "programme", "portfolio"),
    added="tolerance broken",
    removed="tolerance deleted",
    came="tolerance broken",
    went="within its tolerance again",
)
BUSINESS_CASE = SourceKind(
    "businesscase",
    "programmes.BusinessCase",
    "code",
    "kind",
    words="business case",
    collection="business-cases",
    homes=("programme", "project"),
    added="business case approved",
    removed="business case deleted",
    came="business case approved",
    went="business case no longer approved",
)
PROGRAMME_LINE = SourceKind(
    "programmeline",
    "programmes.ProgrammeLine",
    "code",
    "kind",
    words="budget line",
    collection="programme-lines",
    homes=("programme",),
    parts={"projects.CostActual": "programme_line"},
    added="budget line added",
    removed="budget line deleted",
)
CONTINGENCY_MOVEMENT = SourceKind(
    "contingencymovement",
    "projects.ContingencyMovement",
    "reference",
    "project__name",
    words="contingency movement",
    collection="contingency-movements",
    homes=("project",),
    added="contingency released",
    added_back="contingency returned",
    removed="contingency movement deleted",
)
BENEFIT = SourceKind(
    "benefit",
    "benefits.Benefit",
    "code",
    "title",
    words="benefit",
    collection="benefits",
    homes=("programme",),
    parts={
        "benefits.BenefitProfileEntry": "benefit",
        "benefits.ProfileVersion": "benefit",
        "benefits.BenefitMeasurement": "benefit",
    },
    holder=("owner", "benefit_owner"),
    added="benefit added",
    removed="benefit deleted",
)
CONTRIBUTION = SourceKind(
    "benefitcontribution",
    "benefits.BenefitContribution",
    "benefit__code",
    "benefit__title",
    words="contribution to a benefit",
    collection="contributions",
    homes=("project",),
    parts={"benefits.BenefitReview": "contribution"},
    added="contribution added",
    removed="contribution deleted",
    came="benefit at stake",
    went="review answered",
)
OVERLAP = SourceKind(
    "overlapcase",
    "benefits.OverlapCase",
    "first__code",
    "second__code",
    words="overlap of benefits",
    collection="overlap-cases",
    homes=("programme",),
    parts=BENEFIT.parts,
    through=("first", "second"),
    added="overlap found",
    removed="overlap deleted",
    came="overlap found",
    went="overlap resolved",
)
RISK = SourceKind(
    "risk",
    "projects.Risk",
    "code",
    "title",
    words="risk",
    collection="risks",
    homes=("project", "programme"),
    holder=("owner", "risk_owner"),
    added="risk raised",
    removed="risk deleted",
    came="risk moved here",
    went="risk moved elsewhere",
)
DEPENDENCY = SourceKind(
    "dependency",
    "projects.Dependency",
    "code",
    "deliverable",
    words="dependency",
    collection="dependencies",
    homes=("receiver",),
    added="dependency added",
    removed="dependency deleted",
    came="dependency became late",
    went="dependency no longer late",
)

# Of the figures of a project alone.
ISSUE = SourceKind(
    "issue",
    "projects.Issue",
    "code",
    "title",
    words="issue",
    collection="issues",
    homes=("project", "programme"),
    added="issue raised",
    removed="issue deleted",
)
COMPLIANCE_ITEM = SourceKind(
    "complianceitem",
    "projects.ComplianceItem",
    "code",
    "title",
    words="compliance item",
    collection="compliance-items",
    homes=("project",),
    added="compliance item added",
    removed="compliance item deleted",
)
MILESTONE = SourceKind(
    "milestone",
    "projects.Milestone",
    "code",
    "title",
    words="milestone",
    collection="milestones",
    homes=("project",),
    added="milestone added",
    removed="milestone deleted",
)
BASELINE = SourceKind(
    "baseline",
    "projects.Baseline",
    "number",
    "reason",
    words="baseline",
    collection="baselines",
    homes=("project",),
    added="baseline approved",
    removed="baseline deleted",
)
BUDGET_LINE = SourceKind(
    "budgetline",
    "projects.BudgetLine",
    "code",
    "category",
    words="budget line",
    collection="budget-lines",
    homes=("project",),
    added="budget line added",
    removed="budget line deleted",
)
COST = SourceKind(
    "costactual",
    "projects.CostActual",
    "source_ref",
    "kind",
    words="cost",
    collection="cost-actuals",
    homes=("project", "programme_line"),
    added="cost posted",
    removed="cost deleted",
)
WORK_PACKAGE = SourceKind(
    "workpackage",
    "projects.WorkPackage",
    "code",
    "title",
    words="work package",
    collection="work-packages",
    homes=("project",),
    holder=("owner", "owner"),
    added="work package added",
    removed="work package deleted",
    came="work package counted",
    went="work package no longer counted",
)
ITERATION = SourceKind(
    "iteration",
    "projects.Iteration",
    "number",
    "goal",
    words="iteration",
    collection="iterations",
    homes=("project",),
    added="iteration added",
    removed="iteration deleted",
    came="iteration counted",
    went="iteration no longer counted",
)

# What is edited behind them: a way begins with it, no line comes from it.
PROFILE_ENTRY = SourceKind(
    "benefitprofileentry",
    "benefits.BenefitProfileEntry",
    "period_start",
    "version_kind",
    words="profile entry",
    collection="profile-entries",
    homes=("benefit",),
)
PROFILE_VERSION = SourceKind(
    "profileversion",
    "benefits.ProfileVersion",
    "number",
    "kind",
    words="version of a profile",
    collection="profile-versions",
    homes=("benefit",),
)
MEASUREMENT = SourceKind(
    "benefitmeasurement",
    "benefits.BenefitMeasurement",
    "period_start",
    "status",
    words="measurement",
    collection="measurements",
    homes=("benefit",),
)
REVIEW = SourceKind(
    "benefitreview",
    "benefits.BenefitReview",
    "contribution__benefit__code",
    "contribution__benefit__title",
    words="benefit review",
    collection="benefit-reviews",
    homes=("contribution",),
)

CURRENCY_RATE = SourceKind(
    "currencyrate",
    "programmes.CurrencyRate",
    "currency",
    "rate",
    words="exchange rate",
    collection="currency-rates",
    homes=("portfolio",),
)

LINES = (
    PROJECT, PROGRAMME, PROGRAMME_LINE, CONTINGENCY_MOVEMENT, BENEFIT, CONTRIBUTION, OVERLAP,
    RISK, DEPENDENCY, ISSUE, COMPLIANCE_ITEM, MILESTONE, BASELINE, BUDGET_LINE, COST,
    HEALTH_OVERRIDE, BUSINESS_CASE, TOLERANCE, WORK_PACKAGE, ITERATION,
)  # fmt: skip
BEHIND = (PROFILE_ENTRY, PROFILE_VERSION, MEASUREMENT, REVIEW, CURRENCY_RATE)
KINDS = {each.name: each for each in (*LINES, *BEHIND)}
