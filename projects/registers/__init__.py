"""The registers of projects: what people see of each record, and in which order."""

from projects.registers.actions import ACTIONS
from projects.registers.assumptions import ASSUMPTIONS
from projects.registers.budgets import BUDGET_REQUESTS, BUDGET_TRANSFERS
from projects.registers.changes import CHANGE_REQUESTS, CHANGE_VOTES
from projects.registers.compliance import COMPLIANCE_ITEMS
from projects.registers.dependency import DEPENDENCIES, DEPENDENCY_MESSAGES
from projects.registers.estimates import ESTIMATES
from projects.registers.gates import (
    GATE_CONDITIONS,
    GATE_CRITERIA,
    GATE_VOTES,
    GATES,
    TEMPLATE_CRITERIA,
)
from projects.registers.help_requests import HELP_REQUESTS, SERVICES
from projects.registers.inspections import (
    FINDINGS,
    INSPECTION_PLANS,
    INSPECTIONS,
    OVERSIGHT_DECISIONS,
)
from projects.registers.issues import ISSUES
from projects.registers.lessons import LESSON_USES, LESSONS
from projects.registers.library import ASSET_VERSIONS, PROCESS_ASSETS, TAILORING_RECORDS
from projects.registers.maturity import TEAM_MATURITIES
from projects.registers.money import BUDGET_LINES, COMMITMENTS, CONTINGENCY_MOVEMENTS, COST_ACTUALS
from projects.registers.posts import POSTS
from projects.registers.project import (
    BASELINES,
    MILESTONE_FORECASTS,
    MILESTONES,
    OUTPUTS,
    PROJECTS,
)
from projects.registers.proposals import PROPOSAL_SCORES, PROPOSALS, SCORING_CRITERIA
from projects.registers.quality import QUALITY_RECORDS
from projects.registers.resources import ALLOCATIONS, RESOURCE_CAPACITIES, RESOURCES
from projects.registers.risk import RISKS
from projects.registers.stakeholders import (
    COMMUNICATIONS,
    STAKEHOLDER_ASSESSMENTS,
    STAKEHOLDERS,
)
from projects.registers.templates import (
    TEMPLATE_ENTRIES,
    TEMPLATE_MILESTONES,
    TEMPLATE_ROLES,
    TEMPLATES,
)
from projects.registers.work import ITERATIONS, WORK_PACKAGES

REGISTERS = (
    PROJECTS, RISKS, ISSUES, ASSUMPTIONS, ACTIONS, LESSONS, LESSON_USES, PROCESS_ASSETS,
    ASSET_VERSIONS, TAILORING_RECORDS, DEPENDENCIES, DEPENDENCY_MESSAGES, MILESTONES, OUTPUTS,
    QUALITY_RECORDS,
    WORK_PACKAGES, ITERATIONS, ESTIMATES, COMPLIANCE_ITEMS, GATES, GATE_CRITERIA, GATE_VOTES,
    GATE_CONDITIONS, CHANGE_REQUESTS, CHANGE_VOTES, BUDGET_LINES, BUDGET_REQUESTS,
    BUDGET_TRANSFERS, COST_ACTUALS, COMMITMENTS, CONTINGENCY_MOVEMENTS, BASELINES, RESOURCES,
    RESOURCE_CAPACITIES, ALLOCATIONS, MILESTONE_FORECASTS, TEMPLATES, TEMPLATE_MILESTONES,
    TEMPLATE_ENTRIES, TEMPLATE_ROLES, TEMPLATE_CRITERIA, STAKEHOLDERS, STAKEHOLDER_ASSESSMENTS,
    COMMUNICATIONS,
    TEAM_MATURITIES, INSPECTION_PLANS, INSPECTIONS, FINDINGS, OVERSIGHT_DECISIONS, POSTS,
    PROPOSALS, PROPOSAL_SCORES, SCORING_CRITERIA, SERVICES, HELP_REQUESTS,
)  # fmt: skip
