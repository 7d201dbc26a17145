"""When a programme finishes, and the projects that finish last, as they are stored and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pmhub.text import in_order
from programmes.rollup.facts import ProjectFacts
from projects.simulation import Finish, FinishRange

MOST_PROJECTS, MOST_LIVE = 100, 25  # that are listed


@dataclass(frozen=True, slots=True)
class LastProject:
    """One of the projects that finish last: its planned, declared and simulated finish."""

    id: int
    code: str
    baseline: date | None
    declared: date | None
    finish: Finish


@dataclass(frozen=True, slots=True)
class Finishes:
    """When the programme finishes, and the projects that finish last: of all, and of the live
    ones."""

    draws: int
    accepted: bool
    programme: Finish
    total: int
    total_live: int
    last: tuple[LastProject, ...]
    last_live: tuple[LastProject, ...]


def finishes(finish: FinishRange, projects: Mapping[int, ProjectFacts]) -> Finishes:
    """Return the simulated finishes of these projects, those that finish last first."""

    def order(id: int) -> tuple[int, Any]:
        return -finish.projects[id].p80.toordinal(), in_order(projects[id].code)

    last = sorted(projects.keys() & finish.projects.keys(), key=order)
    live = [id for id in last if projects[id].live]

    def last_project(id: int) -> LastProject:
        project = projects[id]
        planned = project.baseline.finish if project.baseline else None
        return LastProject(id, project.code, planned, project.declared_finish, finish.projects[id])

    return Finishes(
        draws=finish.draws,
        accepted=finish.accepted,
        programme=finish.programme,
        total=len(last),
        total_live=len(live),
        last=tuple(map(last_project, last[:MOST_PROJECTS])),
        last_live=tuple(map(last_project, live[:MOST_LIVE])),
    )
