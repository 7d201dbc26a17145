"""Filters of the lists of projects and their records."""

from projects.filters.actions import ActionFilter
from projects.filters.assumptions import AssumptionFilter
from projects.filters.budgets import BudgetRequestFilter, BudgetTransferFilter
from projects.filters.changes import ChangeRequestFilter, ChangeVoteFilter
from projects.filters.compliance import ComplianceItemFilter
from projects.filters.estimates import EstimateFilter
from projects.filters.gates import (
    GateConditionFilter,
    GateCriterionFilter,
    GateFilter,
    GateVoteFilter,
    TemplateCriterionFilter,
)
from projects.filters.help_requests import HelpRequestFilter, ServiceFilter
from projects.filters.inspections import (
    FindingFilter,
    InspectionFilter,
    InspectionPlanFilter,
    OversightDecisionFilter,
)
from projects.filters.issues import IssueFilter
from projects.filters.lessons import LessonFilter, LessonUseFilter
from projects.filters.library import (
    AssetVersionFilter,
    ProcessAssetFilter,
    TailoringRecordFilter,
)
from projects.filters.maturity import TeamMaturityFilter
from projects.filters.money import (
    BudgetLineFilter,
    CommitmentFilter,
    ContingencyMovementFilter,
    CostActualFilter,
)
from projects.filters.posts import PostFilter
from projects.filters.project import BaselineFilter, OutputFilter, ProjectFilter
from projects.filters.proposals import ProposalFilter, ProposalScoreFilter, ScoringCriterionFilter
from projects.filters.quality import QualityRecordFilter
from projects.filters.resources import AllocationFilter, ResourceCapacityFilter, ResourceFilter
from projects.filters.risk import RiskFilter
from projects.filters.schedule import (
    DependencyFilter,
    DependencyMessageFilter,
    MilestoneFilter,
    MilestoneForecastFilter,
)
from projects.filters.stakeholders import (
    CommunicationFilter,
    StakeholderAssessmentFilter,
    StakeholderFilter,
)
from projects.filters.template import (
    TemplateEntryFilter,
    TemplateFilter,
    TemplateMilestoneFilter,
    TemplateRoleFilter,
)
from projects.filters.work import IterationFilter, WorkPackageFilter

__all__ = [
    "ActionFilter",
    "AllocationFilter",
    "AssetVersionFilter",
    "AssumptionFilter",
    "BaselineFilter",
    "BudgetLineFilter",
    "BudgetRequestFilter",
    "BudgetTransferFilter",
    "ChangeRequestFilter",
    "ChangeVoteFilter",
    "CommitmentFilter",
    "CommunicationFilter",
    "ComplianceItemFilter",
    "ContingencyMovementFilter",
    "CostActualFilter",
    "DependencyFilter",
    "DependencyMessageFilter",
    "EstimateFilter",
    "FindingFilter",
    "GateConditionFilter",
    "GateCriterionFilter",
    "GateFilter",
    "GateVoteFilter",
    "HelpRequestFilter",
    "InspectionFilter",
    "InspectionPlanFilter",
    "IssueFilter",
    "IterationFilter",
    "LessonFilter",
    "LessonUseFilter",
    "MilestoneFilter",
    "MilestoneForecastFilter",
    "OutputFilter",
    "OversightDecisionFilter",
    "PostFilter",
    "ProcessAssetFilter",
    "ProjectFilter",
    "ProposalFilter",
    "ProposalScoreFilter",
    "QualityRecordFilter",
    "ResourceCapacityFilter",
    "ResourceFilter",
    "RiskFilter",
    "ScoringCriterionFilter",
    "ServiceFilter",
    "StakeholderAssessmentFilter",
    "StakeholderFilter",
    "TailoringRecordFilter",
    "TeamMaturityFilter",
    "TemplateCriterionFilter",
    "TemplateEntryFilter",
    "TemplateFilter",
    "TemplateMilestoneFilter",
    "TemplateRoleFilter",
    "WorkPackageFilter",
]
