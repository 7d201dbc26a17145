"""The team of a project: who holds which post and which role on it, and what is vacant."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from pmhub.access import can
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import DAY, ID
from pmhub.models import RoleAssignment
from pmhub.registers.panels import Panel
from projects.models import Post, Project

POSTS = ScopedRows(
    lambda reader: (
        Post.objects.visible_to(reader)
        .filter(Q(wanted_to=None) | Q(wanted_to__gte=DAY), project_id=ID)
        .select_related("holder")
        .order_by("wanted_from", "pk")
    )
)
ROLES = ScopedRows(
    lambda reader: (
        RoleAssignment.objects.visible_to(reader)
        .current(DAY)
        .filter(project_id=ID)
        .select_related("person")
        .order_by("role", "pk")
    )
)


def team(project: Project, request: Any) -> dict[str, Any]:
    """Return the posts of a project, with who holds each or nobody, and the roles that the reader
    may see, all of them in force on the status date."""
    user, day = request.user, project.owner_portfolio.as_of
    return {
        "leads": [("Project manager", project.project_manager), ("Executive", project.executive)],
        "posts": POSTS(user, id=project.pk, day=day),
        "roles": ROLES(user, id=project.pk, day=day),
        "may_add": project.live and can(user, "write", Post(project=project)),
    }


PANELS = {"team": Panel("Team", "projects/team.html", team)}
