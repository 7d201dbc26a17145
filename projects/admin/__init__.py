"""Projects and what they are made of."""

from projects.admin import (
    budgets,
    changes,
    gates,
    money,
    project,
    registers,
    resources,
    schedule,
    template,
)

__all__ = [
    "budgets",
    "changes",
    "gates",
    "money",
    "project",
    "registers",
    "resources",
    "schedule",
    "template",
]
