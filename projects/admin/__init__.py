"""Projects and what they are made of."""

from projects.admin import changes, gates, money, project, registers, resources, schedule, template

__all__ = ["changes", "gates", "money", "project", "registers", "resources", "schedule", "template"]
