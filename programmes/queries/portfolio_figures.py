"""The figures of a portfolio, from those of its programmes and of the projects outside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pmhub.access import can
from pmhub.access.grants import Reader
from pmhub.caching import BoundedCache, quarter
from pmhub.database import past
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import InOrder
from pmhub.database.past import as_at
from programmes.models import Portfolio, Programme, RuleSet
from programmes.queries.explanations import ExplainedLine
from programmes.queries.forecasts import open_forecasts
from programmes.queries.freshness import Freshness, freshness_of_all
from programmes.queries.ledger import Reading, Rollup, rollups
from programmes.queries.portfolio_list import InSight
from programmes.queries.sources import Source
from programmes.rollup.ledger import WHOLE, Figure, Line, Metric, Value, aggregated
from programmes.rollup.metrics import OF_PORTFOLIOS, OF_PROJECTS
from programmes.rollup.project_level import figures_of
from projects.models import ProjectForecast

TOTALS = [*OF_PORTFOLIOS.values()]
NAMED = ("pk", "code", "name")
PARTS = InSight(
    lambda programmes: programmes.values_list(*NAMED),
    lambda projects: projects.order_by(InOrder("code"), "pk").values_list(*NAMED),
)
# Bytes that a process keeps of which parts there are, and of their figures; of a part without
# figures, and of a figure, about.
MOST_PARTS, MOST_FIGURES, PART, FIGURE = 1_000_000, 4_000_000, 500, 500
names_of_parts = CachedReads(MOST_PARTS)
computed = BoundedCache(MOST_FIGURES)

Named = tuple[int, str, str]  # id, code and name
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
    _lines: dict[str, Line] = field(default_factory=dict, compare=False, repr=False)

    def line(self, metric: Metric) -> Line:
        """Return what it adds to a figure of the portfolio, made once. The last good figures of a
        failed part are shown, but do not count."""
        line = self._lines.get(metric.name)
        if line is None:
            line = self._lines[metric.name] = self._line(metric)
        return line

    def _line(self, metric: Metric) -> Line:
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
    programmes, projects = parts_in_sight(portfolio, user)
    names = tuple(metric.name for metric in metrics)
    forecasts = open_forecasts(id for id, *_ in projects)
    parts = [
        *_programmes(portfolio, programmes, names, at),
        *(_project(named, forecasts.get(named[0]), at) for named in projects),
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


def parts_in_sight(portfolio: Portfolio, user: Any) -> tuple[Sequence[Named], Sequence[Named]]:
    """Return the programmes of a portfolio that a user may see, and the projects outside them; they
    are cached until one has another name or place."""

    def read() -> Any:
        return PARTS(user, portfolio)

    key = portfolio.pk, Reader(user).key, quarter()
    return names_of_parts("parts", key, read, lambda parts: PART * sum(map(len, parts)))


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
        reasons = {line.reason for line in lines} - LEFT_OUT
        reason = reasons.pop() if len(reasons) == 1 else "nothing_computed"
        return Figure(None, reason, excluded=left_out, missing=missing)
    return Figure(
        figure.value,
        figure.reason,
        included=figure.included,
        excluded=left_out,
        missing=missing,
    )


def _programmes(
    portfolio: Portfolio, parts: Sequence[Named], names: tuple[str, ...], at: datetime | None
) -> list[PartFigures]:
    """Return programmes with these figures; those of now are cached by the moment of their
    computation, which is never the same twice."""
    if at is not None or past.is_past():
        return [*_read(portfolio, parts, names, at).values()]
    freshness = freshness_of_all([id for id, *_ in parts])
    keys = {
        part: (part, names, freshness[part[0]].computed_at, freshness[part[0]].state)
        for part in parts
    }
    there = {part: kept for part, key in keys.items() if (kept := computed.get(key)) is not None}
    for part, read in _read(
        portfolio, [part for part in parts if part not in there], names, known=freshness
    ).items():
        there[part] = read
        if read.computed_at:
            computed.put(keys[part], read, PART + FIGURE * len(names))
    return [there[part] for part in parts]


def _read(
    portfolio: Portfolio,
    parts: Sequence[Named],
    names: Sequence[str],
    at: datetime | None = None,
    known: Mapping[int, Freshness] | None = None,
) -> dict[Named, PartFigures]:
    if not parts:
        return {}
    programmes = [
        Programme(pk=id, code=code, name=name, portfolio=portfolio) for id, code, name in parts
    ]
    figures = rollups(programmes, names, at, known)
    return {part: _programme(figures[part[0]]) for part in parts}


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


def _project(named: Named, forecast: ProjectForecast | None, at: datetime | None) -> PartFigures:
    id, code, name = named
    computed = "past" if at else "fresh"
    return PartFigures(
        type="project",
        id=id,
        code=code,
        name=name,
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
