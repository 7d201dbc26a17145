"""What somebody is asked who is to manage a project from now on: on its page, in their lists."""

from __future__ import annotations

from typing import Any

from pmhub.addresses import address_of
from pmhub.database.collation import InOrder
from pmhub.grants import grants_of
from pmhub.permissions import Role
from pmhub.setters import is_theirs
from pmhub.views.registers.forms import STYLE
from pmhub.views.registers.records import offered
from projects import registers
from projects.models import Project

ANSWERS = ("takeover", "refusal")


def handing_over(project: Project, request: Any) -> dict[str, Any] | None:
    """The answers of who is asked to manage the project; None for everybody else."""
    if project.successor_id is None or not is_theirs(request.user, project, "successor"):
        return None
    verbs = offered(registers.PROJECTS, project, request, prefix="asked-")
    return {
        "project": project,
        "verbs": [verb for verb in verbs if verb["noun"] in ANSWERS],
        "address": address_of("project", project.pk),
        "form_style": STYLE,
    }


def asked_of_me(above: Any, request: Any) -> dict[str, Any] | None:
    """The projects that the reader is asked to manage; None for who is asked for none."""
    held = grants_of(request.user).roles.items()
    seen = [id for (kind, id), roles in held if kind == "project" and Role.VIEWER in roles]
    if not seen:  # who is asked sees the project: most pages ask nothing
        return None
    rows = Project.objects.filter(successor__user=request.user.pk, pk__in=seen)
    found = list(rows.select_related("project_manager").order_by(InOrder("code")))
    return {"projects": found} if found else None
