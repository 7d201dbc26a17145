"""The tracks of a programme, its roadmap: one for each project, with stations and junctions.

Drawn by `static/src/tracks/` and, as a table, by `templates/programmes/tracks.html`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F

from pmhub.text import in_order
from programmes.models import Programme, valid
from programmes.queries.forecasts import (
    DependencyRow,
    ProjectRow,
    dependency_rows,
    project_rows,
    worst_dependencies,
)
from programmes.queries.sensitivity import NOTHING_KNOWN, FloatAndDrag, float_and_drag_of
from programmes.queries.track_rows import (
    BASELINES,
    COMPUTED,
    DAYS,
    DEPENDENCIES,
    DRAWN,
    FINISHES,
    MILESTONES,
    MOST,
    OTHERS,
    PROJECTS,
    TRANCHES,
    tracks_read,
)
from projects.disclosure import End
from projects.models import (
    Dependency,
    DependencyStatus,
    Milestone,
    Project,
    ProjectForecast,
)
from projects.queries.dependencies import link_of, timeline_of
from projects.schedule import FINISH, START, Timeline, critical_chain, last_to_finish

# Which approved baseline is drawn, by its place among those of a project, the current one first.
WHICH = {"current": 0, "previous": 1, "first": -1}
NO_TRANCHE = "none"


@dataclass(frozen=True, slots=True)
class TracksQuery:
    """Which tracks are asked for: `every` one or those that finish last; of these, those of a
    tranche (its code, or `none`), of a colour of health, or on the critical chain; and the baseline
    that is drawn."""

    every: bool = False
    tranche: str = ""
    health: str = ""
    critical: bool = False
    baseline: str = "current"

    def holds(self, track: Mapping[str, Any]) -> bool:
        """Return whether a track is among those asked for."""
        return (
            self.tranche in ("", track["tranche"] or NO_TRANCHE)
            and self.health in ("", track["health"] or "grey")
            and (track["critical"] or not self.critical)
        )


FIRST = TracksQuery()


def roadmap(
    programme: Programme, user: Any, choice: TracksQuery = FIRST, at: datetime | None = None
) -> dict[str, Any]:
    """Return the tracks: projects with their dates, milestones, dependencies and tranches, and what
    the programme's finish hangs on.

    Where there are more than are drawn, they are those that finish last; `total` says how many
    there are.
    """
    return _roadmap(
        programme, user, [], choice=choice, float_and_drag=float_and_drag_of(programme, at)
    )[0]


def roadmap_and_late(
    programme: Programme,
    user: Any,
    known: Sequence[ProjectRow] = (),
    *,
    ends: Mapping[str, date | None] | None = None,
    whole: bool = False,
) -> tuple[dict[str, Any], list[DependencyRow]]:
    """Return the tracks, and the worst dependencies for which the programme's projects wait. They
    are read together, since most of these dependencies meet a track. `known` are projects that were
    read already, with `TRACK_COLUMNS` at least, and `ends` the values of `FINISHES`. `whole` says
    that these are all projects of the programme that the reader sees."""
    late = worst_dependencies(programme)
    drawn, rows = _roadmap(
        programme, user, late, known, ends=ends, whole=whole and len(known) <= DRAWN
    )
    return drawn, [rows[id] for id in late if id in rows]


def _roadmap(
    programme: Programme,
    user: Any,
    also: Collection[int],
    known: Iterable[ProjectRow] = (),
    *,
    ends: Mapping[str, date | None] | None = None,
    whole: bool = False,
    choice: TracksQuery = FIRST,
    float_and_drag: FloatAndDrag = NOTHING_KNOWN,
) -> tuple[dict[str, Any], dict[int, DependencyRow]]:
    """Return the tracks, and by id the dependencies that meet one or are named in `also`."""
    most = MOST if choice.every else DRAWN
    known = list(known)
    drawn = [row.project.pk for row in known] if whole else _last_to_finish(programme, most)
    rows = _project_rows(drawn, user, known)
    projects = [row.project for row in rows]
    timelines = {row.project.pk: timeline_of(row.forecast) for row in rows if row.forecast}
    milestones = _milestones_of(projects)
    links, by_id = _links({project.pk for project in projects}, also, user, timelines)
    chain = list(_chain(rows, timelines, links, milestones, float_and_drag))
    critical = {step["project"] for step in chain}
    tranches = tracks_read.rows(TRANCHES, id=programme.pk)
    codes = {tranche["id"]: tranche["code"] for tranche in tranches}
    planned = _planned(projects, choice.baseline) if choice.every else {}
    tracks = [
        {
            **_track(
                row, milestones[row.project.pk], timelines.get(row.project.pk), float_and_drag
            ),
            **planned.get(row.project.pk, {}),
            "tranche": codes.get(row.project.tranche_id or 0),
            "critical": row.project.pk in critical,
        }
        for row in rows
    ]
    tracks = [track for track in tracks if choice.holds(track)]
    ids = {track["id"] for track in tracks}
    picture = {
        "as_of": programme.portfolio.as_of,
        **_span(tracks, programme),
        **(ends or _ends(programme)),
        "total": _count(programme, user) if len(drawn) == most and not whole else len(projects),
        "sensitivity": float_and_drag.state,
        "projects": tracks,
        "dependencies": [
            _junction(link, float_and_drag) for link in links if _meets(link.dependency, ids)
        ],
        "critical_chain": chain,
        "tranches": tranches,
    }
    return picture, by_id


def _milestones_of(projects: Iterable[Project]) -> Mapping[int, list[Milestone]]:
    """Return the milestones by project, without those that a stopped project did not reach."""
    ids = [project.pk for project in projects]
    stopped = [project.pk for project in projects if project.terminated]
    by_project: dict[int, list[Milestone]] = defaultdict(list)
    for milestone in MILESTONES(ids, stopped):
        by_project[milestone.project_id].append(milestone)
    return by_project


def _links(
    ids: Collection[int],
    also: Collection[int],
    user: Any,
    known: Mapping[int, Timeline],
) -> tuple[list[DependencyRow], dict[int, DependencyRow]]:
    """Return the dependencies that meet one of these projects, wherever the other end is; and these
    together with those named in `also`, by id. `known` are timelines that were read already."""
    rows = dependency_rows(
        tracks_read.rows(DEPENDENCIES, sorted(ids), other_ids=tuple(sorted(also))), user, known
    )
    by_id = {row.dependency.pk: row for row in rows}
    return [row for row in by_id.values() if _meets(row.dependency, ids)], by_id


def _planned(projects: Iterable[Project], baseline: str) -> dict[int, dict[str, date]]:
    """Return start and finish of each project by the chosen one of its approved baselines."""
    approved: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for project, start, finish in BASELINES([row.pk for row in projects]):
        approved[project].append((start, finish))
    place = WHICH[baseline]
    return {
        id: {"baseline_start": plans[place][0], "baseline_finish": plans[place][1]}
        for id, plans in approved.items()
        if place < len(plans)
    }


def _project_rows(ids: Collection[int], user: Any, known: Iterable[ProjectRow]) -> list[ProjectRow]:
    """Return the projects that the reader may see, by code; those that are `known` are not read
    again."""
    there = {row.project.pk: row for row in known if row.project.pk in ids}
    missing = [id for id in ids if id not in there]
    rows = [*there.values(), *project_rows(PROJECTS(user, missing) if missing else ())]
    return sorted(rows, key=lambda row: in_order(row.project.code))


def _count(programme: Programme, user: Any) -> int:
    return Project.objects.visible_to(user).filter(programme=programme).count()


def _last_to_finish(programme: Programme, most: int) -> list[int]:
    """Return the projects that finish last, followed by those not computed yet, at most `most`."""
    last = COMPUTED[most](id=programme.pk)
    return last if len(last) == most else (last + OTHERS[most](last, id=programme.pk))[:most]


def _ends(programme: Programme) -> dict[str, date | None]:
    """Return when the programme finishes, and was planned to: the metrics of these names."""
    return dict.fromkeys(FINISHES) | dict(DAYS(id=programme.pk))


def _milestone(
    milestone: Milestone, timeline: Timeline | None, float_and_drag: FloatAndDrag
) -> dict[str, Any]:
    names = ("id", "code", "title", "kind", "baseline_on", "forecast_on", "actual_on")
    return {
        **{name: getattr(milestone, name) for name in names},
        "computed_on": timeline.day(milestone.pk) if timeline else None,
        **float_and_drag.of_event(milestone.project_id, milestone.pk),
        "drag_days": float_and_drag.milestones.get(milestone.pk),
    }


def _track(
    row: ProjectRow,
    milestones: Iterable[Milestone],
    timeline: Timeline | None,
    float_and_drag: FloatAndDrag,
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
        "start": float_and_drag.of_event(project.pk, START),
        "finish": float_and_drag.of_event(project.pk, FINISH),
        "drag_days": float_and_drag.projects.get(project.pk),
        "milestones": [_milestone(milestone, timeline, float_and_drag) for milestone in milestones],
    }


def _meets(link: Dependency, project_ids: Collection[int]) -> bool:
    ends = {link.giver_id, link.receiver_id}
    return link.status != DependencyStatus.WITHDRAWN and not ends.isdisjoint(project_ids)


def _junction(row: DependencyRow, float_and_drag: FloatAndDrag) -> dict[str, Any]:
    return {
        "id": row.dependency.pk,
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
        "drag_days": float_and_drag.dependencies.get(row.dependency.pk),
    }


def chain_of(owner: Programme | Project, user: Any) -> list[dict[str, Any]]:
    """Return the events that make a programme or a project finish when it does, the last first, up
    to a project that the reader may not see. The chain of a standalone project is followed over
    other standalone projects."""
    programme = owner if isinstance(owner, Programme) else owner.programme
    mine = owner.pk if isinstance(owner, Project) else None
    ids = _last_to_finish(programme, MOST) if programme else _alone(owner.portfolio_id)
    rows = _project_rows([*{*ids, *([mine] if mine else [])}], user, ())
    timelines = {row.project.pk: timeline_of(row.forecast) for row in rows if row.forecast}
    links, _ = _links(timelines, (), user, timelines)
    milestones = _milestones_of([row.project for row in rows])
    return [*_chain(rows, timelines, links, milestones, NOTHING_KNOWN, mine)]


def _alone(portfolio: int | None) -> list[int]:
    """Return the standalone projects of a portfolio that finish last."""
    forecasts = ProjectForecast.objects.filter(
        valid(), project__portfolio=portfolio, project__programme=None
    )
    last = forecasts.order_by(F("finishes_on").desc(nulls_last=True))
    return list(last.values_list("project_id", flat=True)[:MOST])


def _chain(
    rows: Iterable[ProjectRow],
    timelines: Mapping[int, Timeline],
    links: Iterable[DependencyRow],
    milestones: Mapping[int, Iterable[Milestone]],
    float_and_drag: FloatAndDrag,
    last: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the events that make the project `last`, or else the programme, finish when it does, as
    far as they are on drawn tracks."""
    codes = {row.project.pk: row.project.code for row in rows}
    by_id = {link.dependency.pk: link_of(link.dependency) for link in links}
    stations = {milestone.pk: milestone for id in codes for milestone in milestones[id]}
    last = last or last_to_finish(timelines, codes)
    for step in critical_chain(last, timelines, by_id) if last is not None else ():
        by = step.driver
        yield {
            "project": step.project,
            "code": codes[step.project],
            "event": stations[step.event].code if isinstance(step.event, int) else step.event,
            "milestone": step.event if isinstance(step.event, int) else None,
            "title": str(stations[step.event]) if isinstance(step.event, int) else step.event,
            "on": timelines[step.project].day(step.event),
            "driver": by_id[by].code if isinstance(by, int) and by in by_id else by,
            "link": by if isinstance(by, int) and by in by_id else None,
            **float_and_drag.of_event(step.project, step.event),
            "drag_days": float_and_drag.dependencies.get(by) if isinstance(by, int) else None,
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
    days += [day for day in (programme.starts_on, programme.planned_end_on) if day]
    return {"start": min(days, default=None), "end": max(days, default=None)}
