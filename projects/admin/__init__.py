"""Projects and what they are made of."""

from projects.admin import gates, money, project, registers, resources, schedule, template

__all__ = ["gates", "money", "project", "registers", "resources", "schedule", "template"]
