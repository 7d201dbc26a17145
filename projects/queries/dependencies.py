"""Set-based reads of dependencies: what is owed, how late it is, and what a reader is told of the
ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from pmhub.access.grants import Reader
from pmhub.access.scoped_rows import ScopedRows
from pmhub.caching import quarter
from pmhub.database import replica
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import InOrder
from pmhub.database.statements import IDS, Rows
from projects.disclosure import End, disclosed
from projects.models import SETTLED, Dependency, DependencyStatus, Project, ProjectForecast
from projects.queries import status_date
from projects.schedule import (
    FINISH,
    START,
    DependencyFigures,
    Event,
    Link,
    Timeline,
    dependency_figures,
)
from projects.schedule.links import COLUMNS

ENDS = ("giver", "receiver")
OWED = (
    DependencyStatus.IDENTIFIED,
    DependencyStatus.PROPOSED,
    DependencyStatus.AGREED,
    DependencyStatus.REJECTED,
)

FORECASTS = Rows(
    lambda: ProjectForecast.objects.filter(project_id__in=[IDS], valid_to__isnull=True).only(
        "project_id", "starts_on", "finishes_on", "hidden_delay_days", "events"
    )
)


def stored_timelines(project_ids: Collection[int]) -> dict[int, Timeline]:
    """Return the timelines of these projects, as their open forecasts store them."""
    return {row.project_id: timeline_of(row) for row in FORECASTS(sorted(project_ids))}


def timeline_of(forecast: ProjectForecast) -> Timeline:
    """Return the timeline that a forecast stores; of a forecast from before events were stored,
    start and finish alone."""
    if forecast.events is not None:
        return Timeline.from_json(forecast.events)
    hidden = forecast.hidden_delay_days or 0
    ends = {START: (forecast.starts_on, 0), FINISH: (forecast.finishes_on, hidden)}
    return Timeline(
        {
            name: Event(day.toordinal() - push, day.toordinal(), push)
            for name, (day, push) in ends.items()
            if day
        }
    )


def link_of(dependency: Dependency) -> Link:
    """Return the link of the schedule for a dependency."""
    return Link.of({name: dependency.serializable_value(name) for name in COLUMNS})


def dependency_figures_of(
    row: Mapping[str, Any], timelines: Mapping[int, Timeline]
) -> DependencyFigures:
    """Return lateness, float and colour of a dependency, given its columns with its status date as
    `_as_of`."""
    link = Link.of(row)
    giver = timelines.get(link.giver) if link.giver is not None else None
    return dependency_figures(link, giver, timelines.get(link.receiver), row["_as_of"])


def figures_of(dependency: Dependency) -> DependencyFigures:
    """Return lateness, float and colour of one dependency, from the stored timelines of its two
    projects."""
    rows = Dependency.objects.filter(pk=dependency.pk).order_by()
    [row] = rows.annotate(_as_of=status_date("receiver__")).values(*COLUMNS, "_as_of")
    ends = {row[end] for end in ENDS if row[end] is not None}
    return dependency_figures_of(row, stored_timelines(ends))


CIRCULAR = """
WITH RECURSIVE reached(origin, project) AS (
    SELECT id, receiver_id FROM projects_dependency WHERE id = ANY(%s)
    UNION SELECT origin, d.receiver_id FROM reached
    JOIN projects_dependency d ON d.giver_id = project AND d.status NOT IN %s
)
SELECT d.id FROM projects_dependency d WHERE EXISTS (
    SELECT FROM reached WHERE origin = d.id AND project = d.giver_id
)
"""


def circular(dependency_ids: Collection[int]) -> set[int]:
    """Return those of these dependencies that lead back to their giver over dependencies that are
    still open, driving or not."""
    if not dependency_ids:
        return set()
    with replica.connection().cursor() as cursor:
        cursor.execute(CIRCULAR, [list(dependency_ids), tuple(SETTLED)])
        return {id for (id,) in cursor.fetchall()}


def awaited_from(project: Project) -> QuerySet[Dependency]:
    """Return what others still wait for from a project, by code: not delivered yet, or rejected."""
    return project.dependencies_out.filter(status__in=OWED).order_by(InOrder("code"), "pk")


def waited_for(project: Project) -> QuerySet[Dependency]:
    """Return what a project still waits for, by code."""
    return project.dependencies_in.filter(status__in=OWED).order_by(InOrder("code"), "pk")


def _end_columns() -> QuerySet[Any, dict[str, Any]]:
    names = {
        f"_{end}_{name}": value
        for end in ENDS
        for name, value in {
            "contact": Coalesce(f"{end}_owner__name", f"{end}__project_manager__name"),
            "policy": Coalesce(
                f"{end}__programme__portfolio__dependency_disclosure",
                f"{end}__portfolio__dependency_disclosure",
            ),
        }.items()
    }
    columns = [f"{end}{part}" for end in ENDS for part in ("_id", "__code", "__name")]
    rows = Dependency.objects.filter(pk__in=[IDS]).order_by().annotate(**names)
    return rows.values("pk", "status", *columns, *names)


# Bytes that a process keeps of the ends of dependencies; of one, about.
MOST, END = 2_000_000, 500
known_ends = CachedReads(MOST)
TOLD_OF_ENDS = Rows(_end_columns)
PROJECTS_SEEN = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader)
        .filter(pk__in=[IDS])
        .order_by()
        .values_list("pk", flat=True)
    )
)


def ends_of(dependencies: Iterable[int], user: Any) -> dict[tuple[int, str], End]:
    """Return what a user is told of the projects at the ends of dependencies they see, by
    (dependency, `giver` or `receiver`). An outside giver has no entry. Two queries, cached while
    none of the dependencies and no name or home is touched."""
    ids = tuple(dependencies)
    return known_ends(
        "ends", (ids, Reader(user).key, quarter()), lambda: _ends_of(ids, user),
        lambda ends: END * (1 + len(ends)),
    )  # fmt: skip


def _ends_of(dependencies: Sequence[int], user: Any) -> dict[tuple[int, str], End]:
    rows = TOLD_OF_ENDS(list(dependencies))
    ids = {id for row in rows for end in ENDS if (id := row[f"{end}_id"]) is not None}
    visible = set(PROJECTS_SEEN(user, sorted(ids)))
    return {
        (row["pk"], end): disclosed(
            row[f"_{end}_policy"],
            row["status"],
            visible=row[f"{end}_id"] in visible,
            contact=row[f"_{end}_contact"],
            title=f"{row[f'{end}__code']} {row[f'{end}__name']}",
        )
        for row in rows
        for end in ENDS
        if row[f"{end}_id"] is not None
    }
