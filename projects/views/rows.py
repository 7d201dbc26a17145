"""The rows of the tables on the page of a project."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pmhub.database.statements import ID, Rows
from programmes import queries
from programmes.views.rows import page_of
from projects.models import Milestone, Project
from projects.schedule.dependency import WILL_NOT_COME
from projects.views.panels import trends_of

MILESTONES = Rows(lambda: Milestone.objects.filter(project_id=ID))


def dependencies(
    rows: Sequence[queries.DependencyRow], project: Project, at: datetime | None
) -> tuple[list[Any], list[Any]]:
    """Return two lists of rows: what the project waits for, and who waits for it."""
    incoming = [dependency_row(row, giver=True, at=at) for row in rows if is_receiver(row, project)]
    outgoing = [
        dependency_row(row, giver=False, at=at) for row in rows if not is_receiver(row, project)
    ]
    return incoming, outgoing


def is_receiver(row: queries.DependencyRow, project: Project) -> bool:
    """Return whether the project is the receiver of the dependency."""
    return row.dependency.receiver_id == project.pk


def dependency_row(
    row: queries.DependencyRow, *, giver: bool, at: datetime | None
) -> dict[str, Any]:
    """Return the row of a dependency as one end sees it; where the other end is out of sight, it
    names whom to call."""
    link, figures = row.dependency, row.figures
    other, end = (link.giver, row.giver) if giver else (link.receiver, row.receiver)
    seen = other if end and end.visible else None
    return {
        "id": link.pk,
        "code": link.code,
        "deliverable": link.deliverable,
        "other": seen.code if seen else end.words if end else link.external_giver,
        "address": page_of(seen.pk, at) if seen else "",
        "need_by": link.need_by,
        "comes_on": figures.effective_forecast,
        "never": figures.reason == WILL_NOT_COME,
        "lateness": figures.lateness_days,
        "colour": figures.status,
        "state": link.get_status_display(),
    }


def milestones(project: Project) -> list[Milestone]:
    """Return the milestones of a project, each with its lateness and its trend."""
    rows = [late(milestone) for milestone in MILESTONES(id=project.pk)]
    trends = trends_of(project.pk, rows)
    for row in rows:
        row.trend = trends.get(row.pk) if row.state == "planned" else None
    return rows


def late(milestone: Any) -> Any:
    """Return the milestone with the days by which it is, or was, later than its baseline
    (`late_days`)."""
    on = milestone.actual_on or milestone.forecast_on
    slipped = on and milestone.baseline_on and on > milestone.baseline_on
    milestone.late_days = (on - milestone.baseline_on).days if slipped else None
    return milestone


def overdue(record: Any, as_of: Any, *, live: bool) -> Any:
    """Return the record with whether it should have been settled by now (`is_overdue`)."""
    record.is_overdue = live and record.overdue(as_of)
    return record
