"""Projects and what they are made of."""

from projects.admin import budgets, gates, money, project, registers, resources, schedule, template

__all__ = ["budgets", "gates", "money", "project", "registers", "resources", "schedule", "template"]
