"""What is answered where a project ends and something of it is still open."""

from typing import Any

from projects.models import Project
from projects.queries import open_risks
from projects.queries.dependencies import awaited_from
from tests import factories


def answers(project: Project, becomes: str = "close") -> dict[str, Any]:
    """Every open risk closes (or is transferred), everybody who waits knows, and nothing more is
    done."""
    return {
        "actions": "cancel",
        "risks": {risk.pk: becomes for risk in open_risks(project)},
        "acknowledged_dependencies": [link.pk for link in awaited_from(project)],
    }


def closing(project: Project, becomes: str = "close") -> dict[str, Any]:
    """The same of one that closes: what it brings is handed over first, and nothing was learned."""
    factories.handed_over(project)
    return {**answers(project, becomes), "lessons": "Nothing"}


def asked(project: Project, **body: Any) -> dict[str, Any]:
    """The same as the body of a request."""
    found = answers(project)
    return {**body, **found, "risks": {str(id): word for id, word in found["risks"].items()}}
