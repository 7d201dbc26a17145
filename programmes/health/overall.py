"""The health of a project or a programme: that of its worst dimension."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from programmes.health.dimensions import (
    assurance_finding,
    benefits_finding,
    compliance_finding,
    cost_finding,
    cover_finding,
    dependencies_finding,
    disbenefits_finding,
    issues_finding,
    resources_finding,
    risk_finding,
    schedule_finding,
)
from programmes.health.findings import Driver, Finding, Override, Rag, overall, with_rule, worst
from programmes.health.rule import DEFAULT_RULE, HealthRule, JudgedProject, of_projects
from programmes.health.thresholds import DEFAULT, Thresholds
from programmes.health.tolerances import Tolerance, apply_limit, apply_tolerance

CLOSED, TERMINATED = "closed", "terminated"
OVERRIDDEN = "overridden"
NOTHING = Finding("health", Rag.GREY, "nothing_to_judge", known=False)


# A project


@dataclass(frozen=True, slots=True)
class ProjectEvidence:
    """The evidence about a project at the status date; lists are as the functions of `dimensions`
    take them."""

    as_of: date
    ended: str = ""  # how: closed or terminated
    slip_days: int | None = None
    hidden_delay_days: int = 0
    driver: Driver | None = None
    baseline_days: int | None = None
    eac: Decimal | None = None
    approved: Decimal | None = None
    top_risk: tuple[Driver, int] | None = None
    risks_recorded: bool = False
    dependencies: Sequence[tuple[Driver, str]] = ()
    issues: Sequence[tuple[Driver, str, bool]] = ()
    overloads: Sequence[tuple[Driver, date, Decimal | None]] = ()
    compliance: Sequence[tuple[Driver, bool, bool]] = ()
    assurance: Sequence[tuple[Driver, str, bool]] = ()
    declared: str | None = None
    declared_on: date | None = None
    override: Override | None = None
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    critical: bool = True
    weight: Decimal = Decimal(1)
    expected_cost: Decimal | None = None  # of its counted risks
    descoped: Decimal | None = None  # per cent of its outputs
    not_accepted: Decimal | None = None  # per cent of those that are due


@dataclass(frozen=True, slots=True)
class Health:
    """Derived and declared colours, both kept. `effective` is what counts: the derived colour, an
    override of it or, once ended, `closed` or `terminated`.

    `differs` flags a declared colour other than the derived one. `stale` warns that there is no
    current report, for a programme of one of its live projects; it changes no colour. `critical`
    and `weight` say how a project counts for its programme.
    """

    derived: Rag | None
    declared: str | None
    effective: str
    stale: bool
    dimensions: dict[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    stale_projects: Sequence[str] = ()
    override: Override | None = None
    critical: bool = True
    weight: Decimal = Decimal(1)

    @property
    def differs(self) -> bool:
        """Return whether the declared colour is another than the derived one; grey and undeclared
        differ from nothing."""
        both = self.derived not in (None, Rag.GREY) and self.declared not in (
            None,
            "",
            Rag.GREY,
        )
        return both and self.declared != self.derived


def project_health(evidence: ProjectEvidence, thresholds: Thresholds = DEFAULT) -> Health:
    """Return the health of a project: its worst dimension, unless it is overridden; grey where
    nothing is known, none once it has ended."""
    if evidence.ended:
        ended = evidence.ended
        return Health(derived=None, declared=evidence.declared, effective=ended, stale=False)
    findings = _project_findings(evidence, thresholds)
    derived = overall(findings)
    stale = _is_stale(evidence, thresholds)
    return Health(
        derived=derived,
        declared=evidence.declared,
        effective=_effective(derived, evidence.override),
        stale=stale,
        dimensions={finding.dimension: finding.rag for finding in findings},
        findings=[
            *_overridden(derived, evidence.override),
            *with_rule(findings),
            *([NOTHING] if derived == Rag.GREY else []),
            *([_not_reported(evidence.declared_on)] if stale else []),
        ],
        override=evidence.override,
        critical=evidence.critical,
        weight=evidence.weight,
    )


def _effective(derived: Rag, override: Override | None) -> Rag:
    return override.colour if override else derived


def _overridden(derived: Rag, override: Override | None) -> list[Finding]:
    """Return the finding that says that the derived colour is overridden, if it is."""
    if override is None:
        return []
    values = {
        "derived": derived.value,
        "until": override.until.isoformat(),
        "reason": override.reason,
    }
    driver = Driver("healthoverride", override.id, "override")
    return [Finding("health", override.colour, OVERRIDDEN, values, [driver])]


def _project_findings(evidence: ProjectEvidence, thresholds: Thresholds) -> list[Finding]:
    schedule = schedule_finding(
        evidence.slip_days,
        evidence.baseline_days,
        thresholds,
        evidence.hidden_delay_days,
        evidence.driver,
    )
    cost = cost_finding(evidence.eac, evidence.approved, thresholds)
    return [
        apply_tolerance(schedule, "time_days", evidence.tolerances),
        apply_tolerance(cost, "cost_pct", evidence.tolerances),
        apply_limit(
            risk_finding(evidence.top_risk, evidence.risks_recorded, thresholds),
            "risk",
            evidence.expected_cost,
            evidence.tolerances,
        ),
        dependencies_finding(evidence.dependencies),
        issues_finding(evidence.issues),
        resources_finding(evidence.overloads, thresholds),
        compliance_finding(evidence.compliance),
        assurance_finding(evidence.assurance),
        *_of_outputs(evidence),
    ]


def _of_outputs(evidence: ProjectEvidence) -> list[Finding]:
    """Return the findings of scope and quality, which have a colour only beyond their tolerance."""
    findings = (
        apply_limit(Finding(kind, Rag.GREY), kind, far, evidence.tolerances)
        for kind, far in (("scope", evidence.descoped), ("quality", evidence.not_accepted))
    )
    return [finding for finding in findings if finding.rule]


def _is_stale(evidence: ProjectEvidence, thresholds: Thresholds) -> bool:
    if evidence.declared_on is None:
        return True
    return (evidence.as_of - evidence.declared_on).days > thresholds.stale_after_days


def _not_reported(since: date | None) -> Finding:
    """Return the warning that there is no current report; it is no dimension, and grey."""
    if since is None:
        return Finding("report", Rag.GREY, "never_reported")
    return Finding("report", Rag.GREY, "not_reported", {"since": since.isoformat()})


# A programme


@dataclass(frozen=True, slots=True)
class ProgrammeEvidence:
    """The evidence about a programme itself, and the health of its live projects. Benefits
    attainment is (value, reason); dis-benefits are magnitudes to date."""

    attainment: tuple[Decimal | None, str | None] = (None, None)
    disbenefits_planned: Decimal = Decimal(0)
    disbenefits_actual: Decimal = Decimal(0)
    disbenefits_undefined: str | None = None
    funding_cover: Decimal | None = None
    risks_recorded: bool = False
    issues: Sequence[tuple[Driver, str, bool]] = ()
    projects: Sequence[tuple[Driver, Health]] = ()
    assurance: Sequence[tuple[Driver, str, bool]] = ()
    declared: str | None = None
    override: Override | None = None
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)


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


def programme_health(
    evidence: ProgrammeEvidence,
    thresholds: Thresholds = DEFAULT,
    rule: HealthRule = DEFAULT_RULE,
) -> Health:
    """Return the health of a programme: the worst of its own dimensions and of the colour that the
    health rule makes of its live projects. A project counts with its computed colour or the
    override of it, whatever people declared. Grey where there is nothing to judge. An override of
    the programme takes the place of the result."""
    attained, undefined = evidence.attainment
    benefits = benefits_finding(attained, thresholds, undefined)
    own = [
        apply_tolerance(benefits, "benefit_pct", evidence.tolerances),
        disbenefits_finding(
            evidence.disbenefits_planned,
            evidence.disbenefits_actual,
            thresholds,
            evidence.disbenefits_undefined,
        ),
        cover_finding(evidence.funding_cover, thresholds, recorded=evidence.risks_recorded),
        issues_finding(evidence.issues),
        assurance_finding(evidence.assurance),
    ]
    projects = of_projects(
        [
            JudgedProject(driver, Rag(health.effective), health.critical, health.weight)
            for driver, health in evidence.projects
        ],
        rule,
    )
    derived = worst([overall(own), projects.rag])
    stale = [driver for driver, health in evidence.projects if health.stale]
    return Health(
        derived=derived,
        declared=evidence.declared,
        effective=_effective(derived, evidence.override),
        stale=bool(stale),
        dimensions=_rolled_up(own, [health for _, health in evidence.projects]),
        findings=[
            *_overridden(derived, evidence.override),
            *with_rule([*own, projects]),
            *([NOTHING] if derived == Rag.GREY else []),
            *([_projects_not_reported(stale)] if stale else []),
        ],
        stale_projects=[driver.code for driver in stale],
        override=evidence.override,
    )


def _projects_not_reported(drivers: Sequence[Driver]) -> Finding:
    count = {"count": len(drivers)}
    return Finding("report", Rag.GREY, "projects_not_reported", count, drivers)


def _rolled_up(own: Iterable[Finding], projects: Iterable[Health]) -> dict[str, str]:
    colours: dict[str, list[Rag]] = {dimension: [] for dimension in DIMENSIONS}
    for finding in own:
        colours[finding.dimension].append(finding.rag)
    for health in projects:
        for dimension in ROLLED_UP:
            colours[dimension].append(Rag(health.dimensions.get(dimension, Rag.GREY)))
    return {dimension: worst(rags) for dimension, rags in colours.items()}
