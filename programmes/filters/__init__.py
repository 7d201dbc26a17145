"""What narrows the lists of portfolios, programmes and their records."""

from programmes.filters.cases import BusinessCaseFilter, CaseFlowFilter, CaseOptionFilter
from programmes.filters.competence import (
    CompetenceRecordFilter,
    DisciplineFilter,
    DisciplineLinkFilter,
    QualificationFilter,
    TrainingFilter,
)
from programmes.filters.control import (
    AcknowledgementFilter,
    BoardFilter,
    BoardMeetingFilter,
    BoardPackFilter,
    DecisionFilter,
    DelegatedLimitFilter,
    EnvelopeFilter,
    ExceptionFilter,
    RuleSetFilter,
    ToleranceFilter,
)
from programmes.filters.governance import (
    AssuranceRecommendationFilter,
    AssuranceReviewFilter,
    DcaRecordFilter,
    HealthOverrideFilter,
)
from programmes.filters.records import (
    MandateFilter,
    ObjectiveFilter,
    ObjectiveMeasurementFilter,
    OperatingModelStateFilter,
    OutcomeFilter,
    PortfolioFilter,
    ProgrammeFilter,
    ProgrammeLineFilter,
    StatusReportFilter,
    TrancheFilter,
)
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
