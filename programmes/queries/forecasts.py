"""What was computed for projects and their dependencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from pmhub.database.statements import BEGIN, ID, IDS, Rows
from programmes.models import LedgerLine, Programme, valid
from programmes.wording import in_words
from projects.calendar import Calendar
from projects.disclosure import End
from projects.models import Dependency, Project, ProjectForecast, ProjectStatus
from projects.oversight import Ladder, next_inspection_due, oversight_level
from projects.queries.dependencies import (
    dependency_figures_of,
    ends_of,
    stored_timelines,
    timeline_of,
)
from projects.schedule import FINISH, DependencyFigures, Timeline
from projects.schedule.links import COLUMNS


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project with its forecast; None before the first computation."""

    project: Project
    forecast: ProjectForecast | None

    @property
    def figures(self) -> Mapping[str, Any]:
        """Return earned value and cost as stored, as text; empty before the first computation."""
        return self.forecast.figures if self.forecast else {}

    @property
    def health(self) -> Mapping[str, Any]:
        """Return derived, declared and effective colours with findings; empty before the first
        computation."""
        return self.forecast.health if self.forecast else {}

    def declared(self, event: str) -> date | None:
        """Return the declared `start` or `finish`; where there is only a baseline, that of the last
        computation. For a terminated project the actual finish is when it stopped, and does not
        count as its finish."""
        project = self.project
        stopped = event == FINISH and project.status == ProjectStatus.TERMINATED
        reached = None if stopped else getattr(project, f"actual_{event}")
        day = reached or getattr(project, f"forecast_{event}")
        return day or (timeline_of(self.forecast).declared_day(event) if self.forecast else None)

    @property
    def hides(self) -> bool:
        """Return whether any event is computed to come on another day than its declared one."""
        events = timeline_of(self.forecast).events.values() if self.forecast else ()
        return any(event.computed != event.declared for event in events)

    @property
    def oversight(self) -> str:
        """Return how closely the project is watched."""
        return oversight_of(self.project)

    @property
    def inspection_due_on(self) -> date | None:
        """Return the day by which the project is inspected next; None before it has begun, and once
        it has ended."""
        project = self.project
        if not project.live:
            return None
        since = project.inspected_on or project.actual_start
        calendar = project.owner_portfolio.rules_of(Calendar)
        return next_inspection_due(self.oversight, since, calendar)


WATCHED = ("project_manager", "programme__portfolio", "portfolio")  # what decides about oversight


def oversight_of(project: Project, ladder: Ladder | None = None) -> str:
    """Return the oversight level of a project: the decided one until that ends, else the one that
    its facts ask for. The project has to be read with `WATCHED`."""
    until = project.oversight_until
    if until is not None and until >= project.owner_portfolio.as_of:
        return project.oversight_decided
    return derived_oversight(project, ladder)


def derived_oversight(project: Project, ladder: Ladder | None = None) -> str:
    """Return the oversight level that complexity, the manager's competence, the maturity of the
    team and regulation ask for, by a ladder or else that of the portfolio. The project has to be
    read with `WATCHED`."""
    manager = project.project_manager
    return oversight_level(
        project.complexity,
        (manager and manager.competence) or None,
        project.regulated,
        ladder or project.owner_portfolio.rules_of(Ladder),
        maturity=project.team_maturity,
    )


FORECASTS = Rows(lambda: ProjectForecast.objects.filter(valid(), project_id__in=[IDS]))
THEN = Rows(lambda: ProjectForecast.objects.filter(valid(BEGIN), project_id__in=[IDS]))


def open_forecasts(
    project_ids: Iterable[int], at: datetime | None = None
) -> dict[int, ProjectForecast]:
    """The current forecast of each project, or that of a past moment, by project."""
    ids = list(project_ids)
    if not ids:
        return {}
    return {row.project_id: row for row in (THEN(ids, begin=at) if at else FORECASTS(ids))}


def open_forecast(project: Project, at: datetime | None = None) -> ProjectForecast | None:
    """The current forecast of one project, or that of a past moment."""
    return open_forecasts([project.pk], at).get(project.pk)


def projects_table(projects: QuerySet[Project]) -> list[ProjectRow]:
    """These projects with their forecasts, in two queries."""
    return project_rows(projects.select_related(*WATCHED))


def project_rows(projects: Iterable[Project]) -> list[ProjectRow]:
    """Projects, read with their managers, and their forecasts."""
    listed = list(projects)
    forecasts = open_forecasts(project.pk for project in listed)
    return [ProjectRow(project, forecasts.get(project.pk)) for project in listed]


def project_forecast(project: Project, at: datetime | None = None) -> dict[str, Any]:
    """Return the body of `/projects/{id}/forecast/`, as Python values; amounts are text. For a past
    moment it has what was stored then, and nothing from the project's own columns."""
    row = ProjectRow(project, open_forecast(project, at))
    stored, figures = row.forecast, row.figures
    return {
        "declared_finish": row.declared(FINISH) if at is None else figures.get("declared_finish"),
        "propagated_start": stored.starts_on if stored else None,
        "propagated_finish": stored.finishes_on if stored else None,
        "slip_days": stored.slip_days if stored else None,
        "hidden_delay_days": stored.hidden_delay_days if stored else None,
        "driver": figures.get("driver_code"),
        **{name: figures.get(name) for name in ("bac", "pv", "ev", "ac", "cpi", "spi", "eac")},
        "eac_basis": figures.get("eac_basis"),
        "eac_cpi": figures.get("eac_cpi"),
        "approved_budget": figures.get("approved"),
        "budget_released": figures.get("released"),
        "health": in_words(row.health),
        "oversight_level": row.oversight if at is None else None,
        "oversight_derived": derived_oversight(project) if at is None else None,
        "inspection_due_on": row.inspection_due_on if at is None else None,
        "computed_at": stored.valid_from if stored else None,
    }


# Dependencies


@dataclass(frozen=True, slots=True)
class DependencyRow:
    """A dependency with its figures, and what the reader may know of its ends. `giver` is None
    where it is outside the organisation."""

    dependency: Dependency
    figures: DependencyFigures
    giver: End | None
    receiver: End

    @property
    def hidden(self) -> bool:
        """Return whether an end is a project that the reader may not open."""
        return not (self.receiver.visible and (self.giver is None or self.giver.visible))


def _as_read(dependency: Dependency) -> dict[str, Any]:
    """Return a loaded dependency in the form of `dependency_figures_of`."""
    columns = {name: dependency.serializable_value(name) for name in COLUMNS}
    as_of = getattr(dependency, "_as_of", None) or dependency.receiver.owner_portfolio.as_of
    return {**columns, "_as_of": as_of}


READ_ALONG = ("giver", "receiver", "receiver__programme__portfolio", "receiver__portfolio")


def dependency_rows(
    dependencies: Sequence[Dependency], user: Any, known: Mapping[int, Timeline] | None = None
) -> list[DependencyRow]:
    """Return the figures of dependencies that were read with `READ_ALONG`, or with both projects
    and the status date of the receiver as `_as_of`: three queries, or two where all timelines are
    `known`."""
    ends = {
        end
        for dependency in dependencies
        for end in (dependency.giver_id, dependency.receiver_id)
        if end
    }
    ends_by_id = ends_of([dependency.pk for dependency in dependencies], user)
    timelines = {**(known or {})}
    if missing := ends - timelines.keys():
        timelines |= stored_timelines(missing)
    return [
        DependencyRow(
            dependency,
            dependency_figures_of(_as_read(dependency), timelines),
            ends_by_id.get((dependency.pk, "giver")),
            ends_by_id[dependency.pk, "receiver"],
        )
        for dependency in dependencies
    ]


LATE = 10  # the worst dependencies that are listed
WORST = Rows(
    lambda: (
        LedgerLine.objects.filter(valid(), programme_id=ID, metric="dependencies_late")
        .order_by("-inputs__status", "-amount", "source_id")
        .values_list("source_id", flat=True)[:LATE]
    )
)


def worst_dependencies(programme: Programme) -> list[int]:
    """Return the worst dependencies for which the programme's projects wait: red before amber, then
    the latest."""
    return WORST(id=programme.pk)
