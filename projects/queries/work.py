"""Whether the progress of a project is counted from its work packages or iterations."""

from __future__ import annotations

from projects.models import Iteration, Project, WorkPackage
from projects.percent import BY_PACKAGES, BY_POINTS


def is_counted(project: Project) -> bool:
    """Return whether the progress of a project is counted, so that nobody writes it by hand. No
    query where its method counts nothing."""
    if not project.live or project.percent_method not in (*BY_PACKAGES, BY_POINTS):
        return False
    model = Iteration if project.percent_method == BY_POINTS else WorkPackage
    return model._base_manager.filter(project=project.pk).exists()
