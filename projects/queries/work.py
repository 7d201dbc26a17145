"""Whether the progress of a project is counted from its milestones, work packages or iterations."""

from __future__ import annotations

from projects.models import Iteration, Milestone, MilestoneState, Project, WorkPackage
from projects.percent import BY_MILESTONES, BY_POINTS, BY_RECORDS


def is_counted(project: Project) -> bool:
    """Return whether the progress of a project is counted, so that nobody writes it by hand. No
    query where its method counts nothing."""
    method = project.percent_method
    if not project.live or method not in BY_RECORDS:
        return False
    if method == BY_MILESTONES:
        weighty = Milestone._base_manager.filter(project=project.pk, weight__gt=0)
        return weighty.exclude(state=MilestoneState.CANCELLED).exists()
    model = Iteration if method == BY_POINTS else WorkPackage
    return model._base_manager.filter(project=project.pk).exists()
