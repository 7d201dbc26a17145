"""The answers to what is still open when a project ends."""

from typing import Any

from projects.models import Project
from projects.queries import open_risks
from projects.queries.dependencies import awaited_from
from tests import factories


def answers(project: Project, becomes: str = "close") -> dict[str, Any]:
    """Return the answers with which a project may end: each open risk is closed, or as `becomes`
    says; all waiting receivers know of the end; open actions are cancelled."""
    return {
        "actions": "cancel",
        "risks": {risk.pk: becomes for risk in open_risks(project)},
        "acknowledged_dependencies": [link.pk for link in awaited_from(project)],
    }


def closing(project: Project, becomes: str = "close") -> dict[str, Any]:
    """Hand over the benefits of a project, and return the answers with which it closes."""
    factories.handed_over(project)
    return {**answers(project, becomes), "lessons": "Nothing"}


def asked(project: Project, **body: Any) -> dict[str, Any]:
    """Return the answers as the body of a request, which holds the members `body` too."""
    found = answers(project)
    return {**body, **found, "risks": {str(id): word for id, word in found["risks"].items()}}
