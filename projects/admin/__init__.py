"""Projects and what they are made of."""

from projects.admin import (
    assumptions,
    budgets,
    changes,
    gates,
    inspections,
    lessons,
    library,
    maturity,
    money,
    project,
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
    "inspections",
    "lessons",
    "library",
    "maturity",
    "money",
    "project",
    "registers",
    "resources",
    "schedule",
    "stakeholders",
    "template",
]
