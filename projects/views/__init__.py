"""Pages of projects."""

from projects.views.closure import ProjectClosurePage
from projects.views.project import ProjectPage
from projects.views.update import UpdatePage

__all__ = ["ProjectClosurePage", "ProjectPage", "UpdatePage"]
