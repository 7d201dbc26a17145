"""Pages of projects."""

from projects.views.project import ProjectPage
from projects.views.update import UpdatePage

__all__ = ["ProjectPage", "UpdatePage"]
