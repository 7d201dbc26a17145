"""The team of a project: who holds which post and which role on it, and what is vacant."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from pmhub.access import can
from pmhub.models import RoleAssignment
from pmhub.registers.panels import Panel
from projects.models import Post, Project


def team(project: Project, request: Any) -> dict[str, Any]:
    """Return the posts of a project, with who holds each or nobody, and the roles that the reader
    may see, all of them in force on the status date."""
    user, day = request.user, project.owner_portfolio.as_of
    posts = Post.objects.visible_to(user).filter(project=project)
    wanted = posts.filter(Q(wanted_to=None) | Q(wanted_to__gte=day)).select_related("holder")
    roles = RoleAssignment.objects.visible_to(user).filter(project=project).current(day)
    return {
        "leads": [("Project manager", project.project_manager), ("Executive", project.executive)],
        "posts": wanted.order_by("wanted_from", "pk"),
        "roles": roles.select_related("person").order_by("role", "pk"),
        "may_add": can(user, "write", Post(project=project)),
    }


PANELS = {"team": Panel("Team", "projects/team.html", team)}
