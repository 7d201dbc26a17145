"""Figures of one project: as computed, with the records that explain them, and over time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from pmhub.caching import BoundedCache
from pmhub.database import past
from pmhub.database.one_moment import is_one_moment
from pmhub.database.statements import BEGIN, ID, Rows
from programmes.models import AssuranceReview, Portfolio, RollupRequest, RuleSet
from programmes.models.ledger import Kind
from programmes.queries.explanations import ExplainedLine
from programmes.queries.forecasts import open_forecast
from programmes.queries.freshness import freshness_of
from programmes.queries.ledger import Reading
from programmes.queries.project_figures.records import ForecastRecords, basis_of
from programmes.queries.rules import rules_of
from programmes.queries.sources import sources
from programmes.rollup.ledger import Figure, Line, Metric, Value, aggregated
from programmes.rollup.metrics import OF_PROJECTS, made_of
from programmes.rollup.project_level import figures_of
from projects.models import Allocation, Project, ProjectForecast

MOST_POINTS = 1000


def _series(*until: Q) -> QuerySet[ProjectForecast]:
    rows = ProjectForecast.objects.filter(*until, project_id=ID).defer("events")
    return rows.order_by("-valid_from")[:MOST_POINTS]


SERIES, SERIES_THEN = Rows(_series), Rows(lambda: _series(Q(valid_from__lte=BEGIN)))
SERIES_AFTER = Rows(lambda: _series(Q(valid_from__gt=BEGIN)))
Point = tuple[datetime, Value, str]
SERIES_KEPT, POINT = 2_000_000, 200  # bytes that a process keeps of series; of a point, about

series = BoundedCache(SERIES_KEPT)


@dataclass(frozen=True, slots=True)
class ProjectRollup:
    """All figures of a project with their freshness, now or at a past moment `at`."""

    project: Project
    state: str
    computed_at: datetime | None
    as_of: date
    engine_version: int | None
    metrics: Mapping[str, Reading]
    at: datetime | None = None

    @property
    def owner(self) -> Project:
        """The project."""
        return self.project

    @property
    def portfolio(self) -> Portfolio:
        """Return the portfolio in whose units the figures are."""
        portfolio: Portfolio = self.project.owner_portfolio
        return portfolio


@dataclass(frozen=True, slots=True)
class ProjectExplanation:
    """A figure of a project with the records that make it. Where these cannot be shown as they
    were, `lacking` is the reason. `rules` are the rule sets in force that judge it."""

    rollup: ProjectRollup
    reading: Reading | None
    metric: Metric
    lines: Sequence[ExplainedLine]
    inputs: Sequence[Reading]
    lacking: str = ""
    rules: Sequence[RuleSet] = ()

    @property
    def hidden(self) -> int:
        """Return the number of lines whose source the reader may not open."""
        return sum(line.source.hidden for line in self.lines)


def project_rollup(
    project: Project, at: datetime | None = None, *, counted: bool = False
) -> ProjectRollup:
    """Return the figures of a project, now or at a moment, in a fixed number of queries; where they
    are `counted`, each with the number of records that make it, for which these are read."""
    rollup, _ = _rollup(project, at, OF_PROJECTS if counted else ())
    return rollup


def project_standing(project: Project) -> tuple[datetime | None, str]:
    """Return when the figures of a project were computed, and their state, as in
    `Freshness.state`."""
    stored = open_forecast(project)
    return stored.valid_from if stored else None, _state(project, stored)


def project_explanation(
    project: Project, name: str, user: Any, at: datetime | None = None
) -> ProjectExplanation:
    """Return why a figure of a project is what it is, or was. Raises KeyError for one that a
    project does not have."""
    metric = OF_PROJECTS[name]
    figures, behind = _rollup(project, at, {name, *metric.at_project.inputs})
    reading = figures.metrics.get(name)
    lines = behind.lines(metric, reading.value) if behind and reading else []
    return ProjectExplanation(
        rollup=figures,
        reading=reading,
        metric=metric.at_project,
        lines=explained_lines(lines or [], behind, user) if behind else [],
        inputs=[figures.metrics[value] for value in metric.at_project.inputs if reading],
        lacking=behind.reason if behind and lines is None else "",
        rules=rules_of(metric.at_project, project.owner_portfolio, figures.as_of, at),
    )


def _rollup(
    project: Project, at: datetime | None, counted: Collection[str]
) -> tuple[ProjectRollup, ForecastRecords | None]:
    """Return the figures of a project with the records behind them; the records of those named in
    `counted` are counted."""
    stored = open_forecast(project, at)
    shown = [OF_PROJECTS[name] for name in counted]
    behind = ForecastRecords(stored, (at, stored.valid_from), shown) if stored else None
    basis = basis_of(stored, at) if stored else None
    rollup = ProjectRollup(
        project=project,
        state="past" if at else _state(project, stored),
        computed_at=stored.valid_from if stored else None,
        as_of=basis.as_of if basis else project.owner_portfolio.as_of,
        engine_version=basis.engine_version if basis else None,
        metrics=_readings(behind, at, counted) if behind else {},
        at=at,
    )
    return rollup, behind


def project_readings(
    stored: ProjectForecast | None, at: datetime | None = None
) -> dict[str, Reading]:
    """Return the figures of a forecast as they are stored, without reading the records behind
    them."""
    if stored is None:
        return {}
    figures = figures_of(stored, OF_PROJECTS.values())
    return {
        name: Reading(
            metric.at_project,
            figures[name].value,
            figures[name].reason,
            stored.health if name == "health" else figures[name].detail,
            0,
            0,
            0,
            stored.valid_from,
            at,
        )
        for name, metric in OF_PROJECTS.items()
    }


def _readings(
    behind: ForecastRecords, at: datetime | None, counted: Collection[str]
) -> dict[str, Reading]:
    """Return the figures of a forecast, those named in `counted` with the number of records that
    make them."""
    readings = project_readings(behind.computed, at)
    for name in counted:
        reading = readings[name]
        made = _counted(reading.metric, behind.lines(OF_PROJECTS[name], reading.value) or [])
        readings[name] = replace(
            reading, included=made.included, excluded=made.excluded, missing=made.missing
        )
    return readings


def _counted(metric: Metric, lines: Sequence[Line]) -> Figure:
    """Return how many lines count, are left out, or lack a fact."""
    return aggregated(metric.aggregate, lines) if metric.aggregate else Figure(None)


def explained_lines(
    lines: Sequence[Line], behind: ForecastRecords, user: Any
) -> list[ExplainedLine]:
    """Return these lines with their sources, as far as the reader may see them; those that count
    come first."""
    named = sources({(line.source_type, line.source_id) for line in lines}, user)
    return [
        ExplainedLine(
            source=named[line.source_type, line.source_id],
            value=line.value,
            included=line.included,
            reason=line.reason,
            inputs=line.inputs,
            valid_from=behind.computed.valid_from,
        )
        for line in sorted(lines, key=lambda line: not line.included)
    ]


def _state(project: Project, stored: ProjectForecast | None) -> str:
    """Return the state of the figures: that of the programme, or that of the project where it
    stands alone."""
    if project.programme_id is not None:
        return freshness_of(project.programme_id).state
    if stored is None or is_waiting(project):
        return "recomputing"
    due = stored.stale_after is not None and stored.stale_after <= timezone.now()
    return "stale" if due else "fresh"


def is_waiting(project: Project) -> bool:
    """Return whether a request to compute a project that stands alone is waiting."""
    reviews = AssuranceReview.objects.filter(project=project).values("pk")
    booked = Allocation.objects.filter(project=project).values("resource")
    return RollupRequest.objects.filter(
        Q(kind=Kind.PROJECT, object_id=project.pk)
        | Q(kind=Kind.PORTFOLIO, object_id=project.portfolio_id)
        | Q(kind=Kind.REVIEW, object_id__in=reviews)
        | Q(kind=Kind.RESOURCE, object_id__in=booked)
    ).exists()


def project_series(project: Project, name: str, at: datetime | None = None) -> list[Point]:
    """Return from when on a figure of a project had which value, and why none: its latest changes,
    oldest first, up to a moment."""
    metrics = made_of(name)
    # What was computed once stays as it is: a page reads what came after that.
    keeps = at is None and is_one_moment() and not past.is_past()
    key = project.pk, name
    last, before = (series.get(key) if keeps else None) or (None, ())
    until = at or last
    statement = SERIES if until is None else SERIES_THEN if at else SERIES_AFTER
    moment: dict[str, Any] = {"begin": until} if until else {}
    rows = statement(id=project.pk, **moment)
    points: list[Point] = [*before]
    for stored in reversed(rows):
        figure = figures_of(stored, metrics.values())[name]
        if not points or points[-1][1:] != (figure.value, figure.reason):
            points.append((stored.valid_from, figure.value, figure.reason))
    if keeps and rows:
        kept = tuple(points[-MOST_POINTS:])
        series.put(key, (rows[0].valid_from, kept), POINT * (1 + len(kept)))
    return points[-MOST_POINTS:]
