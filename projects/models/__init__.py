"""Projects and what they are made of."""

from projects.models.action import SOURCES, UNDONE, Action
from projects.models.baseline import Baseline
from projects.models.forecast import ProjectForecast
from projects.models.money import BudgetLine, ContingencyMovement, CostActual, CostKind
from projects.models.output import Output
from projects.models.project import LIVE, DeliveryApproach, Project, ended_on
from projects.models.registers import ComplianceItem, Issue, IssueState, Severity
from projects.models.resources import Allocation, Firmness, Resource
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
from projects.models.states import ActionState, ProjectStage, ProjectStatus, TemplateState
from projects.models.template import Template, TemplateMilestone

__all__ = [
    "LIVE",
    "SETTLED",
    "SOURCES",
    "UNDONE",
    "Action",
    "ActionState",
    "Allocation",
    "Baseline",
    "BudgetLine",
    "ComplianceItem",
    "ContingencyMovement",
    "CostActual",
    "CostKind",
    "DeliveryApproach",
    "Dependency",
    "DependencyKind",
    "DependencyStatus",
    "Firmness",
    "Issue",
    "IssueState",
    "Milestone",
    "MilestoneForecast",
    "MilestoneState",
    "Output",
    "Project",
    "ProjectForecast",
    "ProjectStage",
    "ProjectStatus",
    "Resource",
    "Risk",
    "RiskKind",
    "RiskStatus",
    "Severity",
    "Side",
    "Template",
    "TemplateMilestone",
    "TemplateState",
    "ended_on",
]
