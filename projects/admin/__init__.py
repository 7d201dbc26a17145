"""Projects and what they are made of."""

from projects.admin import (
    assumptions,
    budgets,
    changes,
    gates,
    help_requests,
    lessons,
    library,
    maturity,
    money,
    project,
    proposals,
    registers,
    resources,
    schedule,
    stakeholders,
    template,
)

__all__ = [
    "assumptions",
    "budgets",
    "changes",
    "gates",
    "help_requests",
    "lessons",
    "library",
    "maturity",
    "money",
    "project",
    "proposals",
    "registers",
    "resources",
    "schedule",
    "stakeholders",
    "template",
]
