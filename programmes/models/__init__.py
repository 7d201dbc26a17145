"""Portfolios, programmes, their governance and the ledger."""

from programmes.models.governance import (
    AssuranceKind,
    AssuranceRecommendation,
    AssuranceReview,
    Priority,
)
from programmes.models.ledger import (
    LedgerLine,
    MetricValue,
    ProgrammeRanges,
    ProgrammeRollup,
    RollupBasis,
    RollupRequest,
    valid,
    value_of,
)
from programmes.models.outcome import Outcome, OutcomeState
from programmes.models.portfolio import Portfolio, StatusDatePolicy, StrategicObjective
from programmes.models.programme import (
    BusinessCase,
    Programme,
    ProgrammeLine,
    ProgrammeStage,
    Rating,
    Tranche,
)
from programmes.models.reports import ReportState, StatusReport
from programmes.models.scenario import (
    Method,
    Scenario,
    ScenarioChange,
    ScenarioState,
    ScenarioTrial,
)

__all__ = [
    "AssuranceKind",
    "AssuranceRecommendation",
    "AssuranceReview",
    "BusinessCase",
    "LedgerLine",
    "Method",
    "MetricValue",
    "Outcome",
    "OutcomeState",
    "Portfolio",
    "Priority",
    "Programme",
    "ProgrammeLine",
    "ProgrammeRanges",
    "ProgrammeRollup",
    "ProgrammeStage",
    "Rating",
    "ReportState",
    "RollupBasis",
    "RollupRequest",
    "Scenario",
    "ScenarioChange",
    "ScenarioState",
    "ScenarioTrial",
    "StatusDatePolicy",
    "StatusReport",
    "StrategicObjective",
    "Tranche",
    "valid",
    "value_of",
]
