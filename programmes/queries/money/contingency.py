"""Movements of contingency between a programme and its projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import ID
from projects.models import ContingencyMovement, Project

OF_PROGRAMME = ScopedRows(
    lambda reader: (
        ContingencyMovement.objects.visible_to(reader)
        .filter(programme_id=ID)
        .select_related("project")
        .order_by("-moved_on", "-id")
    )
)
OF_PROJECT = ScopedRows(
    lambda reader: (
        ContingencyMovement.objects.visible_to(reader)
        .filter(project_id=ID)
        .select_related("project")
        .order_by("-moved_on", "-id")
    )
)


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of contingency; it `counts` from the day on which it moved."""

    row: ContingencyMovement
    counts: bool


def movements(owner: Any, user: Any) -> list[Movement]:
    """Return the movements of a programme, or those to and from a project, the latest first."""
    rows = OF_PROJECT if isinstance(owner, Project) else OF_PROGRAMME
    portfolio = owner.owner_portfolio if isinstance(owner, Project) else owner.portfolio
    return [Movement(row, row.moved_on <= portfolio.as_of) for row in rows(user, id=owner.pk)]
