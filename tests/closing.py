"""The answers to what is still open when a project ends."""

from typing import Any

from projects.models import Project
from projects.queries import open_risks
from projects.queries.dependencies import awaited_from
from tests import factories


def answers(project: Project, becomes: str = "close") -> dict[str, Any]:
    """Return the answers by which every open risk is closed (or becomes otherwise, as `becomes`
    says), all waiting receivers know, and open actions are cancelled."""
    return {
        "actions": "cancel",
        "risks": {risk.pk: becomes for risk in open_risks(project)},
        "acknowledged_dependencies": [link.pk for link in awaited_from(project)],
    }


def closing(project: Project, becomes: str = "close") -> dict[str, Any]:
    """Hand over what a project brings, and return the answers by which it closes."""
    factories.handed_over(project)
    return {**answers(project, becomes), "lessons": "Nothing"}


def asked(project: Project, **body: Any) -> dict[str, Any]:
    """Return the answers as the body of a request, with further members."""
    found = answers(project)
    return {**body, **found, "risks": {str(id): word for id, word in found["risks"].items()}}
