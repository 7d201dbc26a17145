"""When the programmes of a portfolio run, and the projects outside them: with their tranches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Min, Q, QuerySet

from pmhub.database.statements import BEGIN, IDS, Rows
from programmes.models import Portfolio, Programme, Tranche, valid
from programmes.queries.forecasts import ProjectRow, project_rows
from programmes.queries.ledger import Rollup, rollups
from programmes.queries.portfolio_list import IN_USE
from projects.models import ProjectForecast
from projects.schedule import START


def _first(*valid_then: Q) -> QuerySet[Any, tuple[Any, ...]]:
    rows = ProjectForecast.objects.filter(*valid_then, project__programme_id__in=[IDS])
    return rows.order_by().values_list("project__programme").annotate(Min("starts_on"))


STARTS, STARTS_THEN = (Rows(partial(_first, then)) for then in (valid(), valid(BEGIN)))
TRANCHES = Rows(
    lambda: (
        Tranche.objects.filter(programme_id__in=[IDS])
        .exclude(state="cancelled")
        .order_by("programme", "sequence", "pk")
    )
)
FIGURES = ("finish_baseline", "finish_propagated", "slip_days", "health")


@dataclass(frozen=True, slots=True)
class Step:
    """A tranche whose two days are known."""

    code: str
    name: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class RoadmapBar:
    """A programme, or a project outside every programme in sight: from its start to the computed
    finish, and to the planned one."""

    type: str
    id: int
    code: str
    name: str
    health: str
    start: date | None
    planned: date | None
    finish: date | None
    slip: int | None
    steps: Sequence[Step] = ()

    @property
    def days(self) -> list[date]:
        """Return all its days that are known."""
        steps = [day for step in self.steps for day in (step.start, step.end)]
        return [day for day in (self.start, self.planned, self.finish, *steps) if day]


def portfolio_roadmap(
    portfolio: Portfolio, user: Any, at: datetime | None = None
) -> list[RoadmapBar]:
    """Return what is in use of a portfolio and in sight, programmes first: seven queries."""
    programmes, alone = IN_USE(user, portfolio)
    figures = rollups(programmes, FIGURES, at)
    ids = [programme.pk for programme in programmes]
    starts, steps = _starts(ids, at), _steps(ids)
    return [
        *(_programme(row, figures[row.pk], starts, steps[row.pk]) for row in programmes),
        *map(_project, project_rows(alone)),
    ]


def _starts(ids: Sequence[int], at: datetime | None) -> Mapping[int, date]:
    """Return when the first project of each programme starts, as it is computed."""
    starts = STARTS_THEN(ids, begin=at) if at else STARTS(ids)
    return {id: day for id, day in starts if day}


def _steps(ids: Sequence[int]) -> Mapping[int, list[Step]]:
    steps = defaultdict(list)
    for tranche in TRANCHES(ids):
        if tranche.starts_on and tranche.ends_on:
            step = Step(tranche.code, tranche.name, tranche.starts_on, tranche.ends_on)
            steps[tranche.programme_id].append(step)
    return steps


def _programme(
    programme: Programme, figures: Rollup, starts: Mapping[int, date], steps: Sequence[Step]
) -> RoadmapBar:
    return RoadmapBar(
        "programme",
        programme.pk,
        programme.code,
        programme.name,
        figures.value("health") or "grey",
        programme.starts_on or starts.get(programme.pk),
        figures.value("finish_baseline"),
        programme.actual_end_on or figures.value("finish_propagated") or programme.planned_end_on,
        figures.value("slip_days"),
        steps,
    )


def _project(row: ProjectRow) -> RoadmapBar:
    project, forecast = row.project, row.forecast
    planned = row.figures.get("baseline_finish")
    return RoadmapBar(
        "project",
        project.pk,
        project.code,
        project.name,
        row.health.get("effective", "grey"),
        forecast.starts_on if forecast else row.declared(START),
        date.fromisoformat(planned) if planned else None,
        project.terminated_on or (forecast.finishes_on if forecast else None),
        None if project.terminated or not forecast else forecast.slip_days,
    )
