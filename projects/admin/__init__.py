"""Projects and what they are made of."""

from projects.admin import money, project, registers, resources, schedule, template

__all__ = ["money", "project", "registers", "resources", "schedule", "template"]
