"""Health: a colour for each dimension of a project or programme, worst wins, each with its reason.

Thresholds are data. A value on a bound belongs to the better colour unless the thresholds say
otherwise. Pure functions of evidence: whoever reads the facts and the clock is elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

CLOSED = "closed"


class Rag(StrEnum):
    """Status colours; grey is not known."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


SEVERITY = {Rag.GREY: 0, Rag.GREEN: 1, Rag.AMBER: 2, Rag.RED: 3}


def worst(colours: Iterable[Rag]) -> Rag:
    """The worst colour; grey counts for nothing, and nothing but grey is grey."""
    return max(colours, key=SEVERITY.__getitem__, default=Rag.GREY)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Last green and last amber value of each dimension (domain.md 2.7, our defaults).

    Days and per cent of baseline duration: the larger allowance counts. `cost_bound_is_worse` puts a
    cost exactly on a bound into the worse colour.
    """

    schedule_green_days: int = 7
    schedule_green_pct: Decimal = Decimal("2.5")
    schedule_amber_days: int = 30
    schedule_amber_pct: Decimal = Decimal(10)
    cost_green_pct: Decimal = Decimal(5)
    cost_amber_pct: Decimal = Decimal(10)
    cost_bound_is_worse: bool = False
    benefits_green: Decimal = Decimal("0.95")
    benefits_amber: Decimal = Decimal("0.80")
    disbenefits_green: Decimal = Decimal("1.05")
    disbenefits_amber: Decimal = Decimal("1.20")
    risk_green_score: int = 9
    risk_amber_score: int = 14
    cover_green: Decimal = Decimal(1)
    cover_amber: Decimal = Decimal("0.8")
    resources_amber_fraction: Decimal = Decimal("0.25")
    stale_after_days: int = 45

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Thresholds":
        """Thresholds from stored data; what is not named keeps its default.

        Decimals may be numbers or strings. Raises ValueError for an unknown name.
        """
        kinds = {each.name: each.type for each in fields(cls)}
        if unknown := sorted(set(values) - set(kinds)):
            raise ValueError(f"Unknown thresholds: {', '.join(unknown)}")
        return cls(**{name: _typed(kinds[name], value) for name, value in values.items()})


def _typed(kind: object, value: Any) -> Any:
    if kind is Decimal:
        return Decimal(str(value))
    return bool(value) if kind is bool else int(value)


# SSP Projects: 7 days and a month, 10 % amber and 20 % red, worst indicator wins.
PUBLISHED = Thresholds(
    schedule_green_pct=Decimal(0),
    schedule_amber_pct=Decimal(0),
    cost_green_pct=Decimal(10),
    cost_amber_pct=Decimal(20),
    cost_bound_is_worse=True,
)
DEFAULT = Thresholds()


@dataclass(frozen=True, slots=True)
class Finding:
    """The colour of one dimension, why, and what drives it (a code), where there is a driver."""

    dimension: str
    rag: Rag
    reason: str | None = None
    value: Decimal | int | None = None
    driver: str | None = None


def _banded(value: Decimal | int, green: Decimal | int, amber: Decimal | int) -> Rag:
    if value <= green:
        return Rag.GREEN
    return Rag.AMBER if value <= amber else Rag.RED


def _reason(name: str, rag: Rag, text: str) -> str | None:
    return f"{name} {rag}: {text}" if rag in (Rag.AMBER, Rag.RED) else None


def _rounded(value: Decimal, places: str) -> Decimal:
    return value.quantize(Decimal(places), ROUND_HALF_UP)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# One function a dimension


def schedule_finding(
    slip_days: int | None,
    baseline_days: int | None,
    thresholds: Thresholds = DEFAULT,
    hidden_delay_days: int = 0,
    driver: str | None = None,
) -> Finding:
    """Slip of the propagated finish against the baseline; without a baseline grey."""
    if slip_days is None or baseline_days is None:
        return Finding("schedule", Rag.GREY)
    share = Decimal(baseline_days) / 100
    rag = _banded(
        slip_days,
        max(Decimal(thresholds.schedule_green_days), share * thresholds.schedule_green_pct),
        max(Decimal(thresholds.schedule_amber_days), share * thresholds.schedule_amber_pct),
    )
    text = f"{_count(slip_days, 'day')} late against baseline"
    if hidden_delay_days:
        via = f", via {driver}" if driver else ""
        text += f" ({hidden_delay_days} not in the declared forecast{via})"
    return Finding("schedule", rag, _reason("schedule", rag, text), slip_days, driver)


def cost_finding(
    eac: Decimal | None, approved: Decimal | None, thresholds: Thresholds = DEFAULT
) -> Finding:
    """Estimate at completion over approved budget, in per cent; without a budget grey."""
    if eac is None or not approved:
        return Finding("cost", Rag.GREY)
    over = (eac - approved) / approved * 100
    green, amber = thresholds.cost_green_pct, thresholds.cost_amber_pct
    if thresholds.cost_bound_is_worse:
        rag = Rag.GREEN if over < green else Rag.AMBER if over < amber else Rag.RED
    else:
        rag = _banded(over, green, amber)
    text = f"forecast {_rounded(over, '0.1'):+}% of approved budget"
    return Finding("cost", rag, _reason("cost", rag, text), over)


def scope_finding(change: str) -> Finding:
    """Published rule: a significant change is red, anything else green."""
    rag = Rag.RED if change == "significant_change" else Rag.GREEN
    return Finding("scope", rag, _reason("scope", rag, change.replace("_", " ")))


def benefits_finding(attained: Decimal | None, thresholds: Thresholds = DEFAULT) -> Finding:
    """Realised over planned to date; undefined is grey, and says so."""
    if attained is None:
        reason = "benefits grey: planned net not positive or nothing planned yet"
        return Finding("benefits", Rag.GREY, reason)
    rag = _banded(-attained, -thresholds.benefits_green, -thresholds.benefits_amber)
    text = f"{_rounded(attained, '0.01')} of plan"
    return Finding("benefits", rag, _reason("benefits", rag, text), attained)


def disbenefits_finding(
    planned: Decimal, actual: Decimal, thresholds: Thresholds = DEFAULT
) -> Finding:
    """Actual over planned magnitude of dis-benefits; none planned is grey."""
    if not planned:
        return Finding("disbenefits", Rag.GREY)
    share = actual / planned
    rag = _banded(share, thresholds.disbenefits_green, thresholds.disbenefits_amber)
    text = f"{_rounded(share, '0.01')} of plan"
    return Finding("disbenefits", rag, _reason("dis-benefits", rag, text), share)


def risk_finding(
    top: tuple[str, int] | None, recorded: bool, thresholds: Thresholds = DEFAULT
) -> Finding:
    """Highest residual score among counted threats; a project that records no risk is grey."""
    if top is None:
        return Finding("risk", Rag.GREEN if recorded else Rag.GREY)
    code, score = top
    rag = _banded(score, thresholds.risk_green_score, thresholds.risk_amber_score)
    return Finding("risk", rag, _reason("risk", rag, f"{code} scores {score}"), score, code)


def cover_finding(cover: Decimal | None, thresholds: Thresholds = DEFAULT) -> Finding:
    """Funding cover, a programme's risk dimension; nothing to cover is grey."""
    if cover is None:
        return Finding("risk", Rag.GREY)
    rag = _banded(-cover, -thresholds.cover_green, -thresholds.cover_amber)
    return Finding("risk", rag, _reason("funding cover", rag, str(_rounded(cover, "0.01"))), cover)


def dependencies_finding(dependencies: Iterable[tuple[str, str]]) -> Finding:
    """Inbound, not accepted dependencies as (code, status); names all that are not green."""
    troubled = [(code, Rag(status)) for code, status in dependencies if status in ("amber", "red")]
    rag = worst([Rag.GREEN, *(status for _, status in troubled)])
    return _listed("dependencies", rag, [code for code, _ in troubled])


def issues_finding(issues: Iterable[tuple[str, str, bool]]) -> Finding:
    """Open issues as (code, severity, overdue): high overdue is amber, critical overdue red."""
    colours = {"high": Rag.AMBER, "critical": Rag.RED}
    late = [(code, colours[how]) for code, how, overdue in issues if overdue and how in colours]
    rag = worst([Rag.GREEN, *(colour for _, colour in late)])
    return _listed("issues", rag, [code for code, _ in late], " overdue")


def _listed(dimension: str, rag: Rag, codes: Sequence[str], ending: str = "") -> Finding:
    text = ", ".join(codes) + ending
    driver = codes[0] if codes else None
    return Finding(dimension, rag, _reason(dimension, rag, text), len(codes), driver)


def resources_finding(
    overloads: Iterable[tuple[str, date, Decimal | None]],
    thresholds: Thresholds = DEFAULT,
) -> Finding:
    """Overloads of booked resources as (code, month, demand over capacity as its fraction).

    None as fraction is demand on no capacity at all: red. The worst month speaks, of equals the
    latest.
    """
    endless = Decimal("Infinity")
    ranked = [(endless if over is None else over, month, code) for code, month, over in overloads]
    over, month, code = max(ranked, default=(Decimal(0), date.min, None))
    if over <= 0:
        return Finding("resources", Rag.GREEN)
    rag = Rag.AMBER if over <= thresholds.resources_amber_fraction else Rag.RED
    by = "booked without capacity" if over == endless else f"over by {_rounded(over * 100, '1')}%"
    text = f"{code} {by} in {month:%Y-%m}"
    value = None if over == endless else over
    return Finding("resources", rag, _reason("resources", rag, text), value, code)


def compliance_finding(items: Iterable[tuple[str, bool, bool]]) -> Finding:
    """Compliance items as (code, overdue, blocking): overdue is amber, red if it blocks."""
    late = [
        (code, Rag.RED if blocking else Rag.AMBER) for code, overdue, blocking in items if overdue
    ]
    rag = worst([Rag.GREEN, *(colour for _, colour in late)])
    return _listed("compliance", rag, [code for code, _ in late], " overdue")


def assurance_finding(recommendations: Iterable[tuple[str, bool]]) -> Finding:
    """Open recommendations as (priority, overdue): essential overdue amber, critical overdue red."""
    colours = {"essential": Rag.AMBER, "critical": Rag.RED}
    late = [priority for priority, overdue in recommendations if overdue and priority in colours]
    rag = worst([Rag.GREEN, *(colours[priority] for priority in late)])
    said = [p for p in late if colours[p] == rag]
    text = f"{_count(len(said), f'{said[0]} recommendation')} overdue" if said else ""
    return Finding("assurance", rag, _reason("assurance", rag, text), len(late))


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
        since = f"since {evidence.declared_on}" if evidence.declared_on else "ever"
        reasons.append(f"stale: no report {since}; last derived {derived}")
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
    if reason := _reason("projects", of_projects, ", ".join(culprits)):
        reasons.append(reason)
    if stale:
        reasons.append(f"stale: {', '.join(stale)}")
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


# Tolerance and delivery confidence


def exceeds_tolerance(target: Decimal, forecast: Decimal, tolerance_pct: Decimal) -> bool:
    """A forecast above target plus tolerance is an exception; exactly at tolerance it is not."""
    return forecast > target * (1 + tolerance_pct / 100)


def dca_distribution(shares: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Per cent of projects by delivery confidence, always with the unrated or exempt rest."""
    return {**shares, "unrated": Decimal(100) - sum(shares.values(), Decimal(0))}
