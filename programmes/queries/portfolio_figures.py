"""The figures of a portfolio, from those of its programmes and of the projects outside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pmhub.access import can
from pmhub.database.collation import InOrder
from pmhub.database.past import as_at
from programmes.models import Portfolio, RuleSet
from programmes.queries.forecasts import ProjectRow, project_rows
from programmes.queries.ledger import ExplainedLine, Reading, Rollup, rollups
from programmes.queries.portfolio_list import InSight
from programmes.queries.sources import Source
from programmes.rollup.ledger import WHOLE, Figure, Line, Metric, Value, aggregated
from programmes.rollup.metrics import OF_PORTFOLIOS, OF_PROJECTS
from programmes.rollup.project_level import figures_of
from projects.models import ProjectForecast

TOTALS = [*OF_PORTFOLIOS.values()]
PARTS = InSight(
    lambda programmes: programmes.only("code", "name"),
    lambda projects: projects.only("code", "name").order_by(InOrder("code"), "pk"),
)
# Why a part does not count, without anything being amiss.
LEFT_OUT = {"not_of_projects", "closed", "terminated"}
STATES = ("failed", "recomputing", "stale", "fresh", "past")


@dataclass(frozen=True, slots=True)
class PartFigures:
    """A programme, or a project outside every programme, with its figures; an undefined one is None
    with a reason."""

    type: str
    id: int
    code: str
    name: str
    state: str
    computed_at: datetime | None
    figures: Mapping[str, tuple[Value, str]]

    def line(self, metric: Metric) -> Line:
        """Return what it adds to a figure of the portfolio. The last good figures of a failed part
        are shown, but do not count."""
        value, reason = self.figures.get(metric.name, (None, "not_computed_yet"))
        if self.state == "failed":
            reason = "failed"
        return Line(self.type, self.id, value, not reason and value is not None, reason)


@dataclass(frozen=True, slots=True)
class PortfolioRollup:
    """The parts that a reader may see and, for a reader who sees the whole portfolio, its
    figures."""

    portfolio: Portfolio
    as_of: date
    parts: Sequence[PartFigures]
    metrics: Mapping[str, tuple[Metric, Figure]]
    whole: bool
    at: datetime | None

    def figure(self, metric: Metric) -> Figure:
        """Return a figure of the portfolio; undefined for a reader who does not see all of it."""
        pair = self.metrics.get(metric.name)
        return pair[1] if pair else Figure(None, "not_all_in_sight")

    @property
    def owner(self) -> Portfolio:
        """The portfolio."""
        return self.portfolio

    def reading(self, metric: Metric) -> Reading:
        """Return a figure of the portfolio in the form that pages show."""
        figure = self.figure(metric)
        return Reading(
            metric=metric.at_portfolio,
            value=figure.value,
            reason=figure.reason,
            detail={},
            included=figure.included,
            excluded=figure.excluded,
            missing=figure.missing,
            since=self.computed_at,
            at=self.at,
        )

    @property
    def state(self) -> str:
        """Return the worst state of its parts."""
        states = {part.state for part in self.parts}
        usual = "past" if self.at else "fresh"
        return next((state for state in STATES if state in states), usual)

    @property
    def computed_at(self) -> datetime | None:
        """Return when its oldest part was computed."""
        return min((part.computed_at for part in self.parts if part.computed_at), default=None)


def portfolio_rollup(
    portfolio: Portfolio,
    user: Any,
    at: datetime | None = None,
    metrics: Sequence[Metric] = TOTALS,
) -> PortfolioRollup:
    """The figures of a portfolio, all or these: a number of queries that does not depend on its
    size."""
    programmes, projects = PARTS(user, portfolio)
    for programme in programmes:
        programme.portfolio = portfolio
    figures = rollups(programmes, [metric.name for metric in metrics], at)
    alone = project_rows(projects)
    parts = [
        *(_programme(figures[programme.pk]) for programme in programmes),
        *(_project(row, at) for row in alone),
    ]
    whole = can(user, "view", portfolio)
    return PortfolioRollup(
        portfolio=portfolio,
        as_of=portfolio.as_of,
        parts=parts,
        metrics={metric.name: (metric, total(metric, parts)) for metric in metrics if whole},
        whole=whole,
        at=at,
    )


def portfolio_rollup_at(
    portfolio: Portfolio,
    user: Any,
    at: datetime | None = None,
    metrics: Sequence[Metric] = TOTALS,
) -> PortfolioRollup:
    """Return the figures of a portfolio at a moment, all or those of these metrics; before it
    existed, without any part."""
    with as_at(at):
        there = Portfolio.objects.visible_to(user).filter(pk=portfolio.pk).first()
        if there is not None:
            return portfolio_rollup(there, user, at, metrics)
    return nothing_yet(portfolio, at)


@dataclass(frozen=True, slots=True)
class PortfolioExplanation:
    """A figure of a portfolio with the programmes and projects that it sums."""

    rollup: PortfolioRollup
    reading: Reading
    metric: Metric
    lines: Sequence[ExplainedLine]
    inputs: Sequence[Reading] = ()
    rules: Sequence[RuleSet] = ()
    lacking: str = ""
    hidden: int = 0  # of what one does not see there is no line


def portfolio_explanation(
    portfolio: Portfolio, name: str, user: Any, at: datetime | None = None
) -> PortfolioExplanation:
    """Return why a figure of a portfolio is what it is, or was. Raises KeyError for one that a
    portfolio does not have."""
    metric = OF_PORTFOLIOS[name]
    figures = portfolio_rollup(portfolio, user, at, [metric])
    lines = [_explained(part, part.line(metric)) for part in figures.parts]
    return PortfolioExplanation(
        rollup=figures,
        reading=figures.reading(metric),
        metric=metric.at_portfolio,
        lines=sorted(lines, key=lambda line: not line.included),
    )


def _explained(part: PartFigures, line: Line) -> ExplainedLine:
    source = Source(part.type, part.id, part.code, part.name)
    return ExplainedLine(source, line.value, line.included, line.reason, {}, part.computed_at)


def nothing_yet(portfolio: Portfolio, at: datetime | None) -> PortfolioRollup:
    """Return the figures of a portfolio at a moment when it did not exist."""
    metrics = {metric.name: (metric, Figure(None, "not_computed_then")) for metric in TOTALS}
    return PortfolioRollup(portfolio, portfolio.as_of, (), metrics, whole=True, at=at)


def total(metric: Metric, parts: Iterable[PartFigures]) -> Figure:
    """Return a figure of the portfolio: exactly the aggregate of the parts that count."""
    return summed_figure(metric, [part.line(metric) for part in parts])


def summed_figure(metric: Metric, lines: Iterable[Line]) -> Figure:
    """Return a figure of the portfolio: exactly the aggregate of these lines of its parts."""
    lines = list(lines)
    figure = aggregated(WHOLE[metric.unit], lines)
    left_out = sum(line.reason in LEFT_OUT for line in lines)
    missing = len(lines) - figure.included - left_out
    if missing and not figure.included:
        said = {line.reason for line in lines} - LEFT_OUT
        reason = said.pop() if len(said) == 1 else "nothing_computed"
        return Figure(None, reason, excluded=left_out, missing=missing)
    return Figure(
        figure.value,
        figure.reason,
        included=figure.included,
        excluded=left_out,
        missing=missing,
    )


def _programme(figures: Rollup) -> PartFigures:
    programme = figures.programme
    return PartFigures(
        type="programme",
        id=programme.pk,
        code=programme.code,
        name=programme.name,
        state=figures.state,
        computed_at=figures.computed_at,
        figures={name: (metric.value, metric.reason) for name, metric in figures.metrics.items()},
    )


def _project(row: ProjectRow, at: datetime | None) -> PartFigures:
    project, forecast = row.project, row.forecast
    computed = "past" if at else "fresh"
    return PartFigures(
        type="project",
        id=project.pk,
        code=project.code,
        name=project.name,
        state=computed if forecast else "recomputing",
        computed_at=forecast.valid_from if forecast else None,
        figures=figures_of_project(forecast) if forecast else {},
    )


def figures_of_project(forecast: ProjectForecast) -> dict[str, tuple[Value, str]]:
    """Return the values of a standalone project for the portfolio's metrics, as computed; an
    undefined one is None with a reason."""
    figures = figures_of(forecast, OF_PROJECTS.values())
    nothing = Figure(None, "not_of_projects")
    return {
        name: (figure.value, figure.reason)
        for name in OF_PORTFOLIOS
        for figure in [figures.get(name, nothing)]
    }
