"""Projects and what they are made of."""

from projects.models.action import SOURCES, UNDONE, Action
from projects.models.approach import DeliveryApproach, ForecastBasis
from projects.models.assumption import Assumption, AssumptionState
from projects.models.baseline import Baseline
from projects.models.budget import (
    BudgetRequest,
    BudgetRequestState,
    BudgetTransfer,
    BudgetTransferState,
)
from projects.models.change import (
    ChangeChoice,
    ChangeKind,
    ChangeRequest,
    ChangeState,
    ChangeVote,
    Funding,
)
from projects.models.closure_triggers import ended_on
from projects.models.commitment import Commitment
from projects.models.communication import Channel, Communication, CommunicationState, Reception
from projects.models.compliance import ComplianceItem
from projects.models.contingency import ContingencyMovement
from projects.models.criterion import ScoringCriterion
from projects.models.estimate import Estimate, EstimateMethod, Quantity
from projects.models.forecast import ProjectForecast
from projects.models.gate import (
    ConditionState,
    CriterionState,
    Gate,
    GateCondition,
    GateCriterion,
    GateState,
    GateVote,
)
from projects.models.help_requests import HelpRequest, HelpState, Service
from projects.models.inspection import (
    FindingSeverity,
    FindingState,
    Inspection,
    InspectionFinding,
    InspectionResult,
    InspectionState,
)
from projects.models.inspection_plan import InspectionPlan, PlanState
from projects.models.issue import Issue, Severity
from projects.models.lesson import (
    TO_SHOW,
    Lesson,
    LessonEvent,
    LessonKind,
    LessonState,
    LessonUse,
    UseAnswer,
)
from projects.models.library import AssetKind, AssetVersion, ProcessAsset, VersionState
from projects.models.maturity import TeamMaturity
from projects.models.money import BudgetLine, CostActual, CostKind, spent_on_line
from projects.models.negotiation import DependencyMessage, MessageKind
from projects.models.output import Output
from projects.models.oversight import OversightDecision, OversightState
from projects.models.post import Post
from projects.models.project import Project
from projects.models.project_triggers import LIVE
from projects.models.proposal import Proposal, ProposalScore, ProposalState
from projects.models.quality import QualityRecord, QualityResult
from projects.models.resources import Allocation, Resource, ResourceCapacity
from projects.models.risk import Risk, RiskKind, RiskStatus
from projects.models.schedule import (
    SETTLED,
    Dependency,
    DependencyKind,
    DependencyStatus,
    Milestone,
    MilestoneForecast,
    MilestoneState,
    Side,
)
from projects.models.stakeholder import Stakeholder, StakeholderAssessment, Stance
from projects.models.states import (
    COUNTED,
    ActionState,
    CommitmentState,
    Firmness,
    IssueState,
    ProjectStatus,
    TemplateState,
)
from projects.models.tailoring import TailoringAnswer, TailoringRecord, TailoringState
from projects.models.template import (
    EntryRegister,
    Template,
    TemplateCriterion,
    TemplateEntry,
    TemplateKind,
    TemplateMilestone,
    TemplateRole,
)
from projects.models.work import Iteration, IterationState, WorkPackage
from projects.stages import ProjectStage

__all__ = [
    "COUNTED",
    "LIVE",
    "SETTLED",
    "SOURCES",
    "TO_SHOW",
    "UNDONE",
    "Action",
    "ActionState",
    "Allocation",
    "AssetKind",
    "AssetVersion",
    "Assumption",
    "AssumptionState",
    "Baseline",
    "BudgetLine",
    "BudgetRequest",
    "BudgetRequestState",
    "BudgetTransfer",
    "BudgetTransferState",
    "ChangeChoice",
    "ChangeKind",
    "ChangeRequest",
    "ChangeState",
    "ChangeVote",
    "Channel",
    "Commitment",
    "CommitmentState",
    "Communication",
    "CommunicationState",
    "ComplianceItem",
    "ConditionState",
    "ContingencyMovement",
    "CostActual",
    "CostKind",
    "CriterionState",
    "DeliveryApproach",
    "Dependency",
    "DependencyKind",
    "DependencyMessage",
    "DependencyStatus",
    "EntryRegister",
    "Estimate",
    "EstimateMethod",
    "FindingSeverity",
    "FindingState",
    "Firmness",
    "ForecastBasis",
    "Funding",
    "Gate",
    "GateCondition",
    "GateCriterion",
    "GateState",
    "GateVote",
    "HelpRequest",
    "HelpState",
    "Inspection",
    "InspectionFinding",
    "InspectionPlan",
    "InspectionResult",
    "InspectionState",
    "Issue",
    "IssueState",
    "Iteration",
    "IterationState",
    "Lesson",
    "LessonEvent",
    "LessonKind",
    "LessonState",
    "LessonUse",
    "MessageKind",
    "Milestone",
    "MilestoneForecast",
    "MilestoneState",
    "Output",
    "OversightDecision",
    "OversightState",
    "PlanState",
    "Post",
    "ProcessAsset",
    "Project",
    "ProjectForecast",
    "ProjectStage",
    "ProjectStatus",
    "Proposal",
    "ProposalScore",
    "ProposalState",
    "QualityRecord",
    "QualityResult",
    "Quantity",
    "Reception",
    "Resource",
    "ResourceCapacity",
    "Risk",
    "RiskKind",
    "RiskStatus",
    "ScoringCriterion",
    "Service",
    "Severity",
    "Side",
    "Stakeholder",
    "StakeholderAssessment",
    "Stance",
    "TailoringAnswer",
    "TailoringRecord",
    "TailoringState",
    "TeamMaturity",
    "Template",
    "TemplateCriterion",
    "TemplateEntry",
    "TemplateKind",
    "TemplateMilestone",
    "TemplateRole",
    "TemplateState",
    "UseAnswer",
    "VersionState",
    "WorkPackage",
    "ended_on",
    "spent_on_line",
]
