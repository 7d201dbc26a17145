"""Projects and what they are made of."""

from projects.admin import (
    assumptions,
    budgets,
    changes,
    gates,
    lessons,
    library,
    money,
    project,
    registers,
    resources,
    schedule,
    stakeholders,
    template,
    work,
)

__all__ = [
    "assumptions",
    "budgets",
    "changes",
    "gates",
    "lessons",
    "library",
    "money",
    "project",
    "registers",
    "resources",
    "schedule",
    "stakeholders",
    "template",
    "work",
]
