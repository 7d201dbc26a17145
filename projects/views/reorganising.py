"""The pages on which another project is merged into one."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from pmhub.setters import LIMITS
from programmes.views.reorganising import ReorganisingPage
from programmes.views.rows import one_of
from projects.models import Project
from projects.serializers.reorganising import ProjectMergerSerializer
from projects.views.project import PROJECTS


class ProjectMergerPage(ReorganisingPage):
    """Another project becomes a part of this one."""

    title = about = "Merge a project into this one"
    kind, form, noun = "project", ProjectMergerSerializer, "merger"
    fields = ("other", "rename", "reason")
    labels = {
        "other": "Project that becomes a part of this one",
        "rename": "Rename what has a code that this project uses",
    }
    says = (
        "Its milestones, outputs, budget lines, costs, risks, bookings and registers belong to this"
        " project from now on, with what it brings about. Both plans are added up to a new"
        " baseline, and how much is complete follows what both have earned. What the two waited for"
        " from one another is withdrawn.",
        "It ends and is archived, and its code leads here. Its gates, decisions, reports and"
        " business cases stay with it, and what is said and attached there. Whoever has a role on"
        " it has that role here.",
    )
    saved = "The projects are merged. The figures follow in a moment."

    def find(self) -> Project:
        """Return the project; raises PermissionDenied for who may not."""
        project: Project = one_of(PROJECTS(self.request.user, id=self.kwargs["pk"]))
        if not (project.live and LIMITS.allows(self.request.user, project)):
            raise PermissionDenied
        return project
