"""The records of a programme: its own, and those of its projects."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from projects.models import Project
from projects.queries.portfolios import refers_to


def of_projects_in(programme: Any, name: str = "project") -> Q:
    """Return the condition that the field `name` refers to a project of a programme."""
    return Q(refers_to(name, Project.objects.filter(programme=programme)))


def in_programme(programme: Any) -> Q:
    """Return the condition that a record belongs to a programme or to one of its projects."""
    return Q(programme=programme) | of_projects_in(programme)
