"""Pages of projects."""

from projects.views.project import ProjectPage

__all__ = ["ProjectPage"]
