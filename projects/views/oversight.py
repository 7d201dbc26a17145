"""The oversight of a project on its page: the facts it follows from, and what it asks for."""

from __future__ import annotations

from typing import Any

from pmhub.access.restricted_fields import hidden_in
from pmhub.models import Person
from programmes import queries
from programmes.queries.forecasts import derived_oversight
from programmes.queries.pmo_types import approver_words
from projects.calendar import Calendar
from projects.gates import Approvers
from projects.models import Project
from projects.oversight import HAS, NEEDS, Ladder


def oversight(project: Project, row: queries.ProjectRow, user: Any) -> dict[str, Any]:
    """Return the level of oversight in force, the facts that ask for it as far as the reader may
    know them, and what the level asks for: how often the project reports and is inspected, and who
    approves its stages."""
    home, level = project.owner_portfolio, row.oversight
    calendar, rungs = home.rules_of(Calendar), home.rules_of(Ladder).named
    decided = project.oversight_until
    manager = project.project_manager
    shown = manager and "competence" not in hidden_in(Person, {manager.pk}, user).get(
        manager.pk, {}
    )
    competence = manager.competence or "foundation" if manager and shown else ""
    return {
        "level": level,
        "derived": derived_oversight(project),
        "until": decided if decided and decided >= home.as_of else None,
        "asks": rungs[f"{NEEDS}{project.complexity}"],
        "competence": competence,
        "assessed": bool(manager and manager.competence),
        "has": rungs[f"{HAS}{competence}"] if competence else None,
        "report_weeks": calendar.report_weeks(level),
        "inspection_weeks": calendar.inspection_weeks(level),
        "inspection_due_on": row.inspection_due_on,
        "approver": approver_words(project, home.rules_of(Approvers), home.pmo_type, level),
    }
