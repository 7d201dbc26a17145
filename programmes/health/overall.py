"""The health of a project or a programme: its worst dimension wins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from programmes.health.dimensions import (
    DEFAULT,
    Finding,
    Rag,
    Thresholds,
    assurance_finding,
    benefits_finding,
    colour_reason,
    compliance_finding,
    cost_finding,
    cover_finding,
    dependencies_finding,
    disbenefits_finding,
    issues_finding,
    named,
    resources_finding,
    risk_finding,
    schedule_finding,
    worst,
)

CLOSED = "closed"


# A project


@dataclass(frozen=True, slots=True)
class ProjectEvidence:
    """What is known of a project at the status date; the lists are as the findings take them."""

    as_of: date
    closed: bool = False
    slip_days: int | None = None
    hidden_delay_days: int = 0
    driver_code: str | None = None
    baseline_days: int | None = None
    eac: Decimal | None = None
    approved: Decimal | None = None
    top_risk: tuple[str, int] | None = None
    risks_recorded: bool = False
    dependencies: Sequence[tuple[str, str]] = ()
    issues: Sequence[tuple[str, str, bool]] = ()
    overloads: Sequence[tuple[str, date, Decimal | None]] = ()
    compliance: Sequence[tuple[str, bool, bool]] = ()
    assurance: Sequence[tuple[str, bool]] = ()
    declared: str | None = None
    declared_on: date | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Derived and declared colours, both kept. `effective` is what counts: a colour, or closed.

    `differs` flags a declared colour other than the derived one. On a programme `stale` says that
    one of its live projects is.
    """

    derived: Rag | None
    declared: str | None
    effective: str
    stale: bool
    dimensions: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    stale_projects: list[str] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Declared one colour, derived another; grey and undeclared differ from nothing."""
        known = self.derived not in (None, Rag.GREY) and self.declared not in (
            None,
            "",
            Rag.GREY,
        )
        return known and self.declared != self.derived


def project_health(evidence: ProjectEvidence, thresholds: Thresholds = DEFAULT) -> Health:
    """Health of a project: worst dimension; grey when its report is stale; none once closed."""
    if evidence.closed:
        return Health(derived=None, declared=evidence.declared, effective=CLOSED, stale=False)
    findings = _project_findings(evidence, thresholds)
    derived = worst(finding.rag for finding in findings)
    reasons = _reasons(findings)
    stale = _is_stale(evidence, thresholds)
    if stale:
        last = evidence.declared_on
        reported = f"no report since {last}" if last else "never reported"
        reasons.append(f"stale: {reported}; last derived {derived}")
    return Health(
        derived=derived,
        declared=evidence.declared,
        effective=Rag.GREY if stale else derived,
        stale=stale,
        dimensions={finding.dimension: finding.rag for finding in findings},
        reasons=reasons,
    )


def _project_findings(evidence: ProjectEvidence, thresholds: Thresholds) -> list[Finding]:
    return [
        schedule_finding(
            evidence.slip_days,
            evidence.baseline_days,
            thresholds,
            evidence.hidden_delay_days,
            evidence.driver_code,
        ),
        cost_finding(evidence.eac, evidence.approved, thresholds),
        risk_finding(evidence.top_risk, evidence.risks_recorded, thresholds),
        dependencies_finding(evidence.dependencies),
        issues_finding(evidence.issues),
        resources_finding(evidence.overloads, thresholds),
        compliance_finding(evidence.compliance),
        assurance_finding(evidence.assurance),
    ]


def _reasons(findings: Iterable[Finding]) -> list[str]:
    return [finding.reason for finding in findings if finding.reason]


def _is_stale(evidence: ProjectEvidence, thresholds: Thresholds) -> bool:
    if evidence.declared_on is None:
        return True
    return (evidence.as_of - evidence.declared_on).days > thresholds.stale_after_days


# A programme


@dataclass(frozen=True, slots=True)
class ProgrammeEvidence:
    """What is known of a programme itself, and the health of its projects as (code, health, live).

    Benefits attainment is (value, reason); dis-benefits are magnitudes to date.
    """

    attainment: tuple[Decimal | None, str | None] = (None, None)
    disbenefits_planned: Decimal = Decimal(0)
    disbenefits_actual: Decimal = Decimal(0)
    funding_cover: Decimal | None = None
    issues: Sequence[tuple[str, str, bool]] = ()
    projects: Sequence[tuple[str, Health, bool]] = ()
    assurance: Sequence[tuple[str, bool]] = ()
    declared: str | None = None


ROLLED_UP = (
    "schedule",
    "cost",
    "dependencies",
    "issues",
    "resources",
    "compliance",
    "assurance",
)
DIMENSIONS = ("schedule", "cost", "benefits", "disbenefits", "risk", *ROLLED_UP[2:])


def programme_health(evidence: ProgrammeEvidence, thresholds: Thresholds = DEFAULT) -> Health:
    """Health of a programme: worst of its own dimensions and of its live projects.

    Stale projects are grey, so that they count for nothing; they are named.
    """
    own = [
        benefits_finding(evidence.attainment[0], thresholds),
        disbenefits_finding(evidence.disbenefits_planned, evidence.disbenefits_actual, thresholds),
        cover_finding(evidence.funding_cover, thresholds),
        issues_finding(evidence.issues),
        assurance_finding(evidence.assurance),
    ]
    live = [(code, health) for code, health, is_live in evidence.projects if is_live]
    current = [(code, health) for code, health in live if not health.stale]
    stale = [code for code, health in live if health.stale]
    of_projects = worst(Rag(health.effective) for _, health in current)
    derived = worst([*(finding.rag for finding in own), of_projects])
    culprits = [code for code, health in current if health.effective == of_projects]
    reasons = _reasons(own)
    if reason := colour_reason("projects", of_projects, named(culprits)):
        reasons.append(reason)
    if stale:
        reasons.append(f"stale: {named(stale)}")
    return Health(
        derived=derived,
        declared=evidence.declared,
        effective=derived,
        stale=bool(stale),
        dimensions=_rolled_up(own, [health for _, health in current]),
        reasons=reasons,
        stale_projects=stale,
    )


def _rolled_up(own: Iterable[Finding], projects: Iterable[Health]) -> dict[str, str]:
    colours: dict[str, list[Rag]] = {dimension: [] for dimension in DIMENSIONS}
    for finding in own:
        colours[finding.dimension].append(finding.rag)
    for health in projects:
        for dimension in ROLLED_UP:
            colours[dimension].append(Rag(health.dimensions.get(dimension, Rag.GREY)))
    return {dimension: worst(found) for dimension, found in colours.items()}
