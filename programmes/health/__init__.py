"""Health: a colour for each dimension of a project or programme, each with its finding; the worst
colour counts.

Thresholds are data. A value on a bound belongs to the better colour unless the thresholds say
otherwise. Pure functions of evidence: facts, the clock and the words of findings are elsewhere.
"""

from programmes.health.dimensions import (
    assurance_finding,
    benefits_finding,
    compliance_finding,
    cost_finding,
    cover_finding,
    disbenefits_finding,
    issues_finding,
    resources_finding,
    risk_finding,
    schedule_finding,
)
from programmes.health.findings import SEVERITY, Driver, Finding, Override, Rag, overall, worst
from programmes.health.overall import (
    CLOSED,
    OVERRIDDEN,
    TERMINATED,
    Health,
    ProgrammeEvidence,
    ProjectEvidence,
    programme_health,
    project_health,
)
from programmes.health.rule import (
    DEFAULT_RULE,
    HealthRule,
    HealthRuleKind,
)
from programmes.health.thresholds import PUBLISHED, Thresholds
from programmes.health.tolerances import Tolerance, apply_tolerance, broken, excess, in_force

__all__ = [
    "CLOSED",
    "DEFAULT_RULE",
    "OVERRIDDEN",
    "PUBLISHED",
    "SEVERITY",
    "TERMINATED",
    "Driver",
    "Finding",
    "Health",
    "HealthRule",
    "HealthRuleKind",
    "Override",
    "ProgrammeEvidence",
    "ProjectEvidence",
    "Rag",
    "Thresholds",
    "Tolerance",
    "apply_tolerance",
    "assurance_finding",
    "benefits_finding",
    "broken",
    "compliance_finding",
    "cost_finding",
    "cover_finding",
    "disbenefits_finding",
    "excess",
    "in_force",
    "issues_finding",
    "overall",
    "programme_health",
    "project_health",
    "resources_finding",
    "risk_finding",
    "schedule_finding",
    "worst",
]
