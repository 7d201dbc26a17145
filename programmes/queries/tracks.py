"""The tracks of a programme, its roadmap: one a project, with stations and junctions.

Drawn by `static/src/tracks/` and, as a table, by `templates/programmes/tracks.html`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import F, Q

from pmhub.database.collation import InOrder
from pmhub.database.statements import ID, IDS, OTHER_IDS, Rows
from pmhub.scoped import ScopedRows
from pmhub.text import in_order
from programmes.models import MetricValue, Programme, Tranche, valid
from programmes.queries.forecasts import (
    READ_ALONG,
    DependencyRow,
    ProjectRow,
    dependency_rows,
    project_rows,
    worst_dependencies,
)
from projects.disclosure import End
from projects.models import (
    Dependency,
    DependencyStatus,
    Milestone,
    Project,
    ProjectForecast,
)
from projects.queries import link_of, timeline_of
from projects.schedule import FINISH, START, Timeline, critical_chain, last_to_finish

DRAWN = 25  # tracks
FINISHES = ("finish_propagated", "finish_baseline")
COMPUTED = Rows(
    lambda: (
        ProjectForecast.objects.filter(computed_under=ID, valid_to__isnull=True)
        .order_by(F("finishes_on").desc(nulls_last=True))
        .values_list("project_id", flat=True)[:DRAWN]
    )
)
OTHERS = Rows(
    lambda: (
        Project.objects.filter(programme_id=ID)
        .exclude(pk__in=[IDS])
        .order_by(InOrder("code"))
        .values_list("pk", flat=True)[:DRAWN]
    )
)
PROJECTS = ScopedRows(
    lambda reader: Project.objects.visible_to(reader).filter(pk__in=[IDS]).order_by()
)
MILESTONES = Rows(
    lambda: (
        Milestone.objects.filter(project_id__in=[IDS])
        .exclude(state="cancelled")
        .exclude(state="planned", project_id__in=[OTHER_IDS])
    )
)
# Those that meet one of the projects, and others.
DEPENDENCIES = Rows(
    lambda: Dependency.objects.filter(
        (Q(receiver_id__in=[IDS]) | Q(giver_id__in=[IDS])) & ~Q(status=DependencyStatus.WITHDRAWN)
        | Q(pk__in=[OTHER_IDS])
    ).select_related(*READ_ALONG)
)
TRANCHES = Rows(
    lambda: Tranche.objects.filter(programme_id=ID).values(
        "code", "name", start=F("starts_on"), end=F("ends_on")
    )
)
DAYS = Rows(
    lambda: MetricValue.objects.filter(valid(), programme_id=ID, metric__in=FINISHES).values_list(
        "metric", "day"
    )
)


def roadmap(programme: Programme, user: Any) -> dict[str, Any]:
    """The tracks: projects with their dates, milestones, dependencies and tranches.

    Of more than are drawn, they are those that finish last; `total` says how many there are.
    """
    return _roadmap(programme, user, [])[0]


def roadmap_and_late(
    programme: Programme, user: Any, known: Iterable[ProjectRow] = ()
) -> tuple[dict[str, Any], list[DependencyRow]]:
    """The tracks, and the dependencies that stand worst among those the programme's projects wait
    for: most of these meet a track, so that all are read at once. `known` are projects that were
    read already."""
    late = worst_dependencies(programme)
    drawn, rows = _roadmap(programme, user, late, known)
    return drawn, [rows[id] for id in late if id in rows]


def _roadmap(
    programme: Programme, user: Any, also: Collection[int], known: Iterable[ProjectRow] = ()
) -> tuple[dict[str, Any], dict[int, DependencyRow]]:
    """The tracks, and by id the dependencies that meet one or are asked for."""
    drawn = _last_to_finish(programme)
    rows = _project_rows(drawn, user, known)
    projects = [row.project for row in rows]
    timelines = {row.project.pk: timeline_of(row.forecast) for row in rows if row.forecast}
    milestones: dict[int, list[Milestone]] = defaultdict(list)
    stopped = [
        project for project in projects if project.terminated
    ]  # what they did not reach never comes
    for each in MILESTONES([project.pk for project in projects], [each.pk for each in stopped]):
        milestones[each.project_id].append(each)
    tracks = [
        _track(row, milestones[row.project.pk], timelines.get(row.project.pk)) for row in rows
    ]
    ids = {project.pk for project in projects}
    found = _dependencies(ids, also, user)
    links = [each for each in found.values() if _meets(each.dependency, ids)]
    picture = {
        "as_of": programme.portfolio.as_of,
        **_span(tracks, programme),
        **_ends(programme),
        "total": _count(programme, user) if len(drawn) == DRAWN else len(projects),
        "projects": tracks,
        "dependencies": [_junction(link) for link in links],
        "critical_chain": list(_chain(rows, timelines, links, milestones)),
        "tranches": TRANCHES(id=programme.pk),
    }
    return picture, found


def _project_rows(ids: Collection[int], user: Any, known: Iterable[ProjectRow]) -> list[ProjectRow]:
    """Those of the projects that the reader may see, by code; only what is not known is read."""
    there = {each.project.pk: each for each in known if each.project.pk in ids}
    missing = [id for id in ids if id not in there]
    rows = [*there.values(), *project_rows(PROJECTS(user, missing) if missing else ())]
    return sorted(rows, key=lambda each: in_order(each.project.code))


def _count(programme: Programme, user: Any) -> int:
    return Project.objects.visible_to(user).filter(programme=programme).count()


def _last_to_finish(programme: Programme) -> list[int]:
    """The projects that finish last; those not computed yet fill what room is left."""
    found = COMPUTED(id=programme.pk)
    return found if len(found) == DRAWN else (found + OTHERS(found, id=programme.pk))[:DRAWN]


def _ends(programme: Programme) -> dict[str, date | None]:
    """Return when the programme finishes, and was planned to: the metrics of these names."""
    return dict.fromkeys(FINISHES) | dict(DAYS(id=programme.pk))


def _milestone(milestone: Milestone, timeline: Timeline | None) -> dict[str, Any]:
    names = ("code", "title", "kind", "baseline_on", "forecast_on", "actual_on")
    known = {name: getattr(milestone, name) for name in names}
    return {**known, "computed_on": timeline.day(milestone.pk) if timeline else None}


def _track(
    row: ProjectRow, milestones: Iterable[Milestone], timeline: Timeline | None
) -> dict[str, Any]:
    project, forecast, figures = row.project, row.forecast, row.figures
    return {
        "id": project.pk,
        "code": project.code,
        "name": project.name,
        "html_url": f"/projects/{project.pk}/",
        "stage": project.stage,
        "status": project.status,
        "health": forecast.health.get("effective") if forecast else None,
        "baseline_finish": figures.get("baseline_finish"),
        "declared_start": row.declared(START),
        "declared_finish": row.declared(FINISH),
        "propagated_start": forecast.starts_on if forecast else None,
        "propagated_finish": forecast.finishes_on if forecast else None,
        "terminated_on": project.terminated_on,
        "hidden_delay_days": forecast.hidden_delay_days if forecast else None,
        "driver": figures.get("driver_code"),
        "milestones": [_milestone(milestone, timeline) for milestone in milestones],
    }


def _dependencies(
    project_ids: Collection[int], also: Collection[int], user: Any
) -> dict[int, DependencyRow]:
    """Dependencies that meet a drawn track at one end, the other end wherever it is, and these."""
    rows = dependency_rows(DEPENDENCIES(list(project_ids), list(also)), user)
    return {row.dependency.pk: row for row in rows}


def _meets(link: Dependency, project_ids: Collection[int]) -> bool:
    ends = {link.giver_id, link.receiver_id}
    return link.status != DependencyStatus.WITHDRAWN and not ends.isdisjoint(project_ids)


def _junction(row: DependencyRow) -> dict[str, Any]:
    return {
        "code": row.dependency.code,
        "deliverable": row.dependency.deliverable,
        "giver": row.dependency.giver_id if row.giver and row.giver.visible else None,
        "giver_label": _giver_label(row),
        "giver_contact": row.giver.contact if row.giver else None,
        "receiver": row.dependency.receiver_id if row.receiver.visible else None,
        "receiver_label": _label(row.receiver, row.dependency.receiver),
        "receiver_contact": row.receiver.contact,
        "kind": row.dependency.kind,
        "on": row.figures.effective_forecast,
        "need_by": row.dependency.need_by,
        "status": row.figures.status,
        "status_reason": row.figures.reason,
        "drives": row.dependency.drives_schedule,
        "hidden": row.hidden,
    }


def _chain(
    rows: Iterable[ProjectRow],
    timelines: Mapping[int, Timeline],
    links: Iterable[DependencyRow],
    milestones: Mapping[int, Iterable[Milestone]],
) -> Iterator[dict[str, Any]]:
    """Return what makes the programme finish when it does, as far as it leads over drawn tracks."""
    codes = {row.project.pk: row.project.code for row in rows}
    known = {link.dependency.pk: link_of(link.dependency) for link in links}
    stations = {each.pk: each.code for id in codes for each in milestones[id]}
    last = last_to_finish(timelines, codes)
    for step in critical_chain(last, timelines, known) if last is not None else ():
        by = step.driver
        yield {
            "project": step.project,
            "code": codes[step.project],
            "event": stations[step.event] if isinstance(step.event, int) else step.event,
            "on": timelines[step.project].day(step.event),
            "driver": known[by].code if isinstance(by, int) and by in known else by,
        }


def _giver_label(row: DependencyRow) -> str | None:
    if row.giver is None:
        return row.dependency.external_giver
    return _label(row.giver, row.dependency.giver)


def _label(end: End, project: Any) -> str | None:
    return project.code if end.visible else end.title


def _span(tracks: list[dict[str, Any]], programme: Programme) -> dict[str, date | None]:
    names = ("declared_start", "declared_finish", "propagated_finish")
    days = [track[name] for track in tracks for name in names if track[name]]
    days += [each for each in (programme.starts_on, programme.planned_end_on) if each]
    return {"start": min(days, default=None), "end": max(days, default=None)}
