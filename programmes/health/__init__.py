"""Health: a colour for each dimension of a project or programme, worst wins, each with its reason.

Thresholds are data. A value on a bound belongs to the better colour unless the thresholds say
otherwise. Pure functions of evidence: whoever reads the facts and the clock is elsewhere.
"""

from programmes.health.dimensions import (
    DEFAULT,
    PUBLISHED,
    SEVERITY,
    Finding,
    Rag,
    Thresholds,
    assurance_finding,
    benefits_finding,
    compliance_finding,
    cost_finding,
    cover_finding,
    dca_distribution,
    dependencies_finding,
    disbenefits_finding,
    exceeds_tolerance,
    issues_finding,
    resources_finding,
    risk_finding,
    schedule_finding,
    scope_finding,
    worst,
)
from programmes.health.overall import (
    CLOSED,
    Health,
    ProgrammeEvidence,
    ProjectEvidence,
    programme_health,
    project_health,
)

__all__ = [
    "CLOSED",
    "DEFAULT",
    "PUBLISHED",
    "SEVERITY",
    "Finding",
    "Health",
    "ProgrammeEvidence",
    "ProjectEvidence",
    "Rag",
    "Thresholds",
    "assurance_finding",
    "benefits_finding",
    "compliance_finding",
    "cost_finding",
    "cover_finding",
    "dca_distribution",
    "dependencies_finding",
    "disbenefits_finding",
    "exceeds_tolerance",
    "issues_finding",
    "programme_health",
    "project_health",
    "resources_finding",
    "risk_finding",
    "schedule_finding",
    "scope_finding",
    "worst",
]
