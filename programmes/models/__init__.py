"""Portfolios, programmes, their governance and the ledger."""

from programmes.models.acknowledgement import Acknowledgement
from programmes.models.assurance import (
    AssuranceKind,
    AssuranceRecommendation,
    AssuranceReview,
    Priority,
)
from programmes.models.board import Board, BoardKind
from programmes.models.board_pack import BoardPack, PackState
from programmes.models.case import (
    BiasCategory,
    BusinessCase,
    CaseFlow,
    CaseKind,
    CaseOption,
    CaseState,
    FlowKind,
    OptionKind,
)
from programmes.models.closed_year import ClosedYear, YearState
from programmes.models.competence import CompetenceRecord
from programmes.models.confidence import Confidence
from programmes.models.currency_rate import CurrencyRate, RateKind
from programmes.models.custom_field import CustomField, Entity, FieldState, FieldType
from programmes.models.dca_record import ConfidenceKind, DcaRecord
from programmes.models.decision import Decision
from programmes.models.decision_triggers import DecisionCause
from programmes.models.delegated_limit import DelegatedLimit, Level
from programmes.models.development import Qualification, Training
from programmes.models.discipline import Discipline, DisciplineLink
from programmes.models.envelope import Envelope
from programmes.models.exception import Answer, ExceptionReport, ExceptionState
from programmes.models.health_override import HealthOverride
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
from programmes.models.mandate import ProgrammeMandate
from programmes.models.meeting import BoardMeeting, MeetingState
from programmes.models.objective_measurement import ObjectiveMeasurement
from programmes.models.operating_model import Dimension, OperatingModelState
from programmes.models.organisation_unit import OrganisationUnit
from programmes.models.outcome import Outcome, OutcomeState
from programmes.models.portfolio import Portfolio, StatusDatePolicy, StrategicObjective
from programmes.models.programme import (
    BusinessCaseStage,
    Programme,
    ProgrammeStage,
    Rating,
    Tranche,
)
from programmes.models.programme_line import ProgrammeLine
from programmes.models.rule_set import RuleSet
from programmes.models.rules_in_force import RuleKind
from programmes.models.scenario import (
    BenefitAssumption,
    Method,
    Scenario,
    ScenarioChange,
    ScenarioState,
    ScenarioTrial,
)
from programmes.models.status_report import ReportKind, ReportState, StatusReport
from programmes.models.tolerance import Side, Tolerance, ToleranceKind
from programmes.models.transition import AdoptionAssessment, ImpactedGroup

__all__ = [
    "Acknowledgement",
    "AdoptionAssessment",
    "Answer",
    "AssuranceKind",
    "AssuranceRecommendation",
    "AssuranceReview",
    "BenefitAssumption",
    "BiasCategory",
    "Board",
    "BoardKind",
    "BoardMeeting",
    "BoardPack",
    "BusinessCase",
    "BusinessCaseStage",
    "CaseFlow",
    "CaseKind",
    "CaseOption",
    "CaseState",
    "ClosedYear",
    "CompetenceRecord",
    "Confidence",
    "ConfidenceKind",
    "CurrencyRate",
    "CustomField",
    "DcaRecord",
    "Decision",
    "DecisionCause",
    "DelegatedLimit",
    "Dimension",
    "Discipline",
    "DisciplineLink",
    "Entity",
    "Envelope",
    "ExceptionReport",
    "ExceptionState",
    "FieldState",
    "FieldType",
    "FlowKind",
    "HealthOverride",
    "ImpactedGroup",
    "LedgerLine",
    "Level",
    "MeetingState",
    "Method",
    "MetricValue",
    "ObjectiveMeasurement",
    "OperatingModelState",
    "OptionKind",
    "OrganisationUnit",
    "Outcome",
    "OutcomeState",
    "PackState",
    "Portfolio",
    "Priority",
    "Programme",
    "ProgrammeLine",
    "ProgrammeMandate",
    "ProgrammeRanges",
    "ProgrammeRollup",
    "ProgrammeStage",
    "Qualification",
    "RateKind",
    "Rating",
    "ReportKind",
    "ReportState",
    "RollupBasis",
    "RollupRequest",
    "RuleKind",
    "RuleSet",
    "Scenario",
    "ScenarioChange",
    "ScenarioState",
    "ScenarioTrial",
    "Side",
    "StatusDatePolicy",
    "StatusReport",
    "StrategicObjective",
    "Tolerance",
    "ToleranceKind",
    "Training",
    "Tranche",
    "YearState",
    "valid",
    "value_of",
]
