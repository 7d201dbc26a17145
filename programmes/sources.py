"""The kinds of records that lines of the ledger come from, each declared once: pure.

A new kind is one declaration here; what names records, explains a figure, tells who edited them and
links to them follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of record that lines of the ledger name.

    `model` is its label; `called` are the fields of its code and its title, `words` is what people
    call the kind, `collection` its address in REST and `page` the name of its page, if it has one.
    `homes` are the relations to what it belongs to; the first that is given decides who may see it.
    `parts` are further records whose changes move its lines: the label of the model, and the
    relation to the source or, where that is made of other records, to those that its fields
    `through` name. `holder` is the relation to the person to ask before it is moved, and the role
    of that person. The rest are words for a part of a bridge: for a new or deleted record, by
    default from `words`, and for a line that came or went while the record stayed. `added_back` is
    for a new record that raises the figure although its kind lowers it.
    """

    model: str
    called: tuple[str, str] = ("code", "title")
    _: KW_ONLY
    words: str
    collection: str
    page: str = ""
    homes: Sequence[str] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    through: Sequence[str] = ()
    above: Sequence[str] = ()
    holder: tuple[str, str] | None = None
    added: str | None = None
    added_back: str = ""
    removed: str | None = None
    came: str = ""
    went: str = ""

    @property
    def name(self) -> str:
        """Return its name in the ledger: the model's name in small letters."""
        return self.model.rpartition(".")[2].lower()

    @property
    def code(self) -> str:
        """Return the field of its code."""
        return self.called[0]

    @property
    def title(self) -> str:
        """Return the field of its title."""
        return self.called[1]

    @property
    def of_new(self) -> str:
        """Return the words for a new record; empty where there are none."""
        return f"{self.words} added" if self.added is None else self.added

    @property
    def of_deleted(self) -> str:
        """Return the words for a deleted record; empty where there are none."""
        return f"{self.words} deleted" if self.removed is None else self.removed


PROJECT = SourceKind(
    "projects.Project",
    called=("code", "name"),
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
    added="",
    removed="",
)
PROGRAMME = SourceKind(
    "programmes.Programme", called=("code", "name"), words="programme", collection="programmes",
    page="programme", holder=("programme_manager", "programme_manager"), added="", removed="",
)  # fmt: skip
HEALTH_OVERRIDE = SourceKind(
    "programmes.HealthOverride", called=("colour", "reason"), words="override of health",
    collection="health-overrides", homes=("project", "programme"), added="health overridden",
    came="health overridden", went="override of health ended",
)  # fmt: skip
TOLERANCE = SourceKind(
    "programmes.Tolerance", called=("kind", "value"), words="tolerance", collection="tolerances",
    homes=("project", "programme", "portfolio"), added="tolerance broken", came="tolerance broken",
    went="within its tolerance again",
)  # fmt: skip
BUSINESS_CASE = SourceKind(
    "programmes.BusinessCase", called=("code", "kind"), words="business case",
    collection="business-cases", homes=("programme", "project"), added="business case approved",
    came="business case approved", went="business case no longer approved",
)  # fmt: skip
PROGRAMME_LINE = SourceKind(
    "programmes.ProgrammeLine", called=("code", "kind"), words="budget line",
    collection="programme-lines", homes=("programme",), above=("programme",),
    parts={"projects.CostActual": "programme_line"},
)  # fmt: skip
CONTINGENCY_MOVEMENT = SourceKind(
    "projects.ContingencyMovement", called=("reference", "project__name"),
    words="contingency movement", collection="contingency-movements", homes=("project",),
    added="contingency released", added_back="contingency returned",
)  # fmt: skip
BENEFIT = SourceKind(
    "benefits.Benefit",
    words="benefit",
    collection="benefits",
    homes=("programme",),
    parts={
        "benefits.BenefitProfileEntry": "benefit",
        "benefits.ProfileVersion": "benefit",
        "benefits.BenefitMeasurement": "benefit",
    },
    holder=("owner", "benefit_owner"),
)
CONTRIBUTION = SourceKind(
    "benefits.BenefitContribution", called=("benefit__code", "benefit__title"),
    words="contribution to a benefit", collection="contributions", homes=("project",),
    parts={"benefits.BenefitReview": "contribution"}, added="contribution added",
    removed="contribution deleted", came="benefit at stake", went="review answered",
)  # fmt: skip
OVERLAP = SourceKind(
    "benefits.OverlapCase", called=("first__code", "second__code"), words="overlap of benefits",
    collection="overlap-cases", homes=("programme",), parts=BENEFIT.parts,
    through=("first", "second"), added="overlap found", removed="overlap deleted",
    came="overlap found", went="overlap resolved",
)  # fmt: skip
RISK = SourceKind(
    "projects.Risk", words="risk", collection="risks", homes=("project", "programme"),
    holder=("owner", "risk_owner"), added="risk raised", came="risk moved here",
    went="risk moved elsewhere",
)  # fmt: skip
DEPENDENCY = SourceKind(
    "projects.Dependency", called=("code", "deliverable"), words="dependency",
    collection="dependencies", homes=("receiver",), came="dependency became late",
    went="dependency no longer late",
)  # fmt: skip

# Of the figures of a project alone.
ISSUE = SourceKind(
    "projects.Issue", words="issue", collection="issues", homes=("project", "programme"),
    added="issue raised",
)  # fmt: skip
COMPLIANCE_ITEM = SourceKind(
    "projects.ComplianceItem", words="compliance item", collection="compliance-items",
    homes=("project",),
)  # fmt: skip
MILESTONE = SourceKind(
    "projects.Milestone", words="milestone", collection="milestones", homes=("project",),
)  # fmt: skip
BASELINE = SourceKind(
    "projects.Baseline", called=("number", "reason"), words="baseline", collection="baselines",
    homes=("project",), added="baseline approved",
)  # fmt: skip
BUDGET_LINE = SourceKind(
    "projects.BudgetLine", called=("code", "category"), words="budget line",
    collection="budget-lines", homes=("project",),
)  # fmt: skip
COST = SourceKind(
    "projects.CostActual", called=("source_ref", "kind"), words="cost", collection="cost-actuals",
    homes=("project", "programme_line"), added="cost posted",
)  # fmt: skip
WORK_PACKAGE = SourceKind(
    "projects.WorkPackage", words="work package", collection="work-packages", homes=("project",),
    holder=("owner", "owner"), came="work package counted", went="work package no longer counted",
)  # fmt: skip
ITERATION = SourceKind(
    "projects.Iteration", called=("number", "goal"), words="iteration", collection="iterations",
    homes=("project",), came="iteration counted", went="iteration no longer counted",
)  # fmt: skip

# What is edited behind them: a way begins with it, no line comes from it.
PROFILE_ENTRY = SourceKind(
    "benefits.BenefitProfileEntry", called=("period_start", "version_kind"), words="profile entry",
    collection="profile-entries", homes=("benefit",),
)  # fmt: skip
PROFILE_VERSION = SourceKind(
    "benefits.ProfileVersion", called=("number", "kind"), words="version of a profile",
    collection="profile-versions", homes=("benefit",),
)  # fmt: skip
MEASUREMENT = SourceKind(
    "benefits.BenefitMeasurement", called=("period_start", "status"), words="measurement",
    collection="measurements", homes=("benefit",),
)  # fmt: skip
REVIEW = SourceKind(
    "benefits.BenefitReview",
    called=("contribution__benefit__code", "contribution__benefit__title"), words="benefit review",
    collection="benefit-reviews", homes=("contribution",),
)  # fmt: skip

CURRENCY_RATE = SourceKind(
    "programmes.CurrencyRate", called=("currency", "rate"), words="exchange rate",
    collection="currency-rates", homes=("portfolio",),
)  # fmt: skip

LINES = (
    PROJECT, PROGRAMME, PROGRAMME_LINE, CONTINGENCY_MOVEMENT, BENEFIT, CONTRIBUTION, OVERLAP,
    RISK, DEPENDENCY, ISSUE, COMPLIANCE_ITEM, MILESTONE, BASELINE, BUDGET_LINE, COST,
    HEALTH_OVERRIDE, BUSINESS_CASE, TOLERANCE, WORK_PACKAGE, ITERATION,
)  # fmt: skip
BEHIND = (PROFILE_ENTRY, PROFILE_VERSION, MEASUREMENT, REVIEW, CURRENCY_RATE)
KINDS = {kind.name: kind for kind in (*LINES, *BEHIND)}
