"""The question to the coming manager of a project, on its page."""

from __future__ import annotations

from typing import Any

from pmhub.access.setters import is_theirs
from pmhub.page_addresses import address_of
from pmhub.views.registers.forms import STYLE
from pmhub.views.registers.records import offered_verbs
from projects import registers
from projects.models import Project

ANSWERS = ("takeover", "refusal")


def handing_over(project: Project, request: Any) -> dict[str, Any] | None:
    """Return the answers for the reader who is asked to manage the project; None for everybody
    else."""
    if project.successor_id is None or not is_theirs(request.user, project, "successor"):
        return None
    verbs = offered_verbs(registers.PROJECTS, project, request, prefix="asked-")
    return {
        "project": project,
        "verbs": [verb for verb in verbs if verb["noun"] in ANSWERS],
        "address": address_of("project", project.pk),
        "form_style": STYLE,
    }
