"""What narrows the lists of portfolios, programmes and their records."""

from programmes.filters.assurance import AssuranceRecommendationFilter, AssuranceReviewFilter
from programmes.filters.boards import BoardFilter, BoardMeetingFilter
from programmes.filters.cases import BusinessCaseFilter, CaseFlowFilter, CaseOptionFilter
from programmes.filters.competence import (
    CompetenceRecordFilter,
    DisciplineFilter,
    DisciplineLinkFilter,
    QualificationFilter,
    TrainingFilter,
)
from programmes.filters.dca_records import DcaRecordFilter
from programmes.filters.decisions import AcknowledgementFilter, DecisionFilter
from programmes.filters.delegated_limits import DelegatedLimitFilter
from programmes.filters.envelopes import EnvelopeFilter
from programmes.filters.exceptions import ExceptionFilter
from programmes.filters.health_overrides import HealthOverrideFilter
from programmes.filters.objectives import ObjectiveFilter, ObjectiveMeasurementFilter
from programmes.filters.outcomes import OutcomeFilter
from programmes.filters.packs import BoardPackFilter
from programmes.filters.portfolio import PortfolioFilter
from programmes.filters.programme import ProgrammeFilter, TrancheFilter
from programmes.filters.programme_definition import MandateFilter, OperatingModelStateFilter
from programmes.filters.programme_lines import ProgrammeLineFilter
from programmes.filters.reports import StatusReportFilter
from programmes.filters.rules import RuleSetFilter
from programmes.filters.tolerances import ToleranceFilter
from programmes.filters.transition import AdoptionAssessmentFilter, ImpactedGroupFilter
from programmes.filters.whatif import ScenarioChangeFilter, ScenarioFilter

__all__ = [
    "AcknowledgementFilter",
    "AdoptionAssessmentFilter",
    "AssuranceRecommendationFilter",
    "AssuranceReviewFilter",
    "BoardFilter",
    "BoardMeetingFilter",
    "BoardPackFilter",
    "BusinessCaseFilter",
    "CaseFlowFilter",
    "CaseOptionFilter",
    "CompetenceRecordFilter",
    "DcaRecordFilter",
    "DecisionFilter",
    "DelegatedLimitFilter",
    "DisciplineFilter",
    "DisciplineLinkFilter",
    "EnvelopeFilter",
    "ExceptionFilter",
    "HealthOverrideFilter",
    "ImpactedGroupFilter",
    "MandateFilter",
    "ObjectiveFilter",
    "ObjectiveMeasurementFilter",
    "OperatingModelStateFilter",
    "OutcomeFilter",
    "PortfolioFilter",
    "ProgrammeFilter",
    "ProgrammeLineFilter",
    "QualificationFilter",
    "RuleSetFilter",
    "ScenarioChangeFilter",
    "ScenarioFilter",
    "StatusReportFilter",
    "ToleranceFilter",
    "TrainingFilter",
    "TrancheFilter",
]
