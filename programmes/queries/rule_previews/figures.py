"""The figures, colours, scores and ranges of a portfolio that other rules would change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pmhub.rules import Rules
from programmes.health import HealthRule, Thresholds
from programmes.models import Portfolio, Programme
from programmes.queries.previews import MovedFigure
from programmes.rollup import reading
from programmes.rollup.compute import Results
from programmes.rollup.facts import Facts
from programmes.rollup.ledger import moves
from programmes.rollup.metrics import METRICS
from programmes.rollup.projects import scores_of
from programmes.rollup.ranges.studies import studies
from programmes.rollup.ranges.study import Study
from projects.bands import Bands
from projects.calendar import Calendar
from projects.categories import Categories
from projects.models import Project
from projects.risk import Score
from projects.simulation import Range

AT_ONCE = 20  # programmes that are read and computed together
# What figures are computed by, and what it is called among the facts of a portfolio.
OF_FIGURES: Mapping[type[Rules], str] = {
    Thresholds: "thresholds",
    Bands: "bands",
    Categories: "categories",
    Calendar: "calendar",
    HealthRule: "health",
}
# The percentiles of the simulated exposure that a preview tells.
TOLD = ("p50", "p80", "p90")
Check = Callable[[], None]  # called before each piece of work; may end it by raising


@dataclass(slots=True)
class MovedRecords:
    """What would change, by the ids of programmes, projects and risks."""

    figures: dict[int, list[MovedFigure]] = field(default_factory=dict)
    projects: dict[int, Any] = field(default_factory=dict)
    risks: dict[int, tuple[Score, Score]] = field(default_factory=dict)
    ranges: dict[int, dict[str, tuple[float, float]]] = field(default_factory=dict)

    def take(self, now: Results, then: Results) -> None:
        """Add the differences between the results of a batch by the present rules and by the other
        ones."""
        self.figures |= _moved_figures(now, then)
        self.projects |= _moved_projects(now, then)
        self.risks |= _moved_risks(_scores(now), _scores(then))
        self.ranges |= _moved_ranges(_studies(now), _studies(then))


def read(portfolio: Portfolio, rules: Rules, check: Check) -> Iterator[tuple[Facts, Facts]]:
    """Yield pairs of facts, by the present rules and by these: of some programmes at a time and,
    last, of the standalone projects. Yield nothing where no figure depends on rules of this
    kind."""
    name = OF_FIGURES.get(type(rules))
    if name is None:
        return
    programmes = [*Programme.objects.filter(portfolio=portfolio).values_list("pk", flat=True)]
    alone = [*Project.objects.filter(portfolio=portfolio).values_list("pk", flat=True)]
    parts: list[tuple[list[int], list[int]]] = [
        (programmes[at : at + AT_ONCE], []) for at in range(0, len(programmes), AT_ONCE)
    ]
    for some, others in [*parts, *([([], alone)] if alone else [])]:
        check()
        facts = reading.read(some, others)
        values: Any = {name: rules}
        by = replace(facts.portfolios[portfolio.pk], **values)
        # Another calendar looks at other months: what is booked in them has to be read.
        other = reading.read(some, others, {portfolio.pk: by}) if name == "calendar" else facts
        yield facts, _by_rules(other, portfolio.pk, by)


def _by_rules(facts: Facts, portfolio: int, rules: Any) -> Facts:
    return replace(
        facts,
        portfolios={**facts.portfolios, portfolio: rules},
        programmes=[replace(programme, portfolio=rules) for programme in facts.programmes],
    )


def _moved_figures(now: Results, then: Results) -> dict[int, list[MovedFigure]]:
    """Return the figures that differ, by programme."""
    differing = {
        id: [
            MovedFigure(metric, before, after, [])
            for metric in METRICS
            for before, after in [
                (result.figures[metric.name].value, then.programmes[id].figures[metric.name].value)
            ]
            if moves(before, after, metric.unit)
        ]
        for id, result in now.programmes.items()
    }
    return {id: moved for id, moved in differing.items() if moved}


def _moved_projects(now: Results, then: Results) -> dict[int, Any]:
    """Return (before, after) of finish and health of the projects whose health differs."""
    moved = {}
    for id, project in now.projects.items():
        other = then.projects[id]
        colours = (str(project.health.effective), str(other.health.effective))
        if colours[0] != colours[1]:
            moved[id] = ((project.timeline.finish, other.timeline.finish), colours)
    return moved


def _studies(results: Results) -> dict[int, Study]:
    """Return the study of each programme."""
    timelines = {id: project.timeline for id, project in results.projects.items()}
    return {study.programme.id: study for study in studies(results.facts, timelines)}


def _scores(results: Results) -> dict[int, Score]:
    """Return the scores of the counted risks of programmes and projects, by risk."""
    scores: dict[int, Score] = {}
    for project in results.projects.values():
        scores |= scores_of(project)
    for study in _studies(results).values():
        scores |= {risk.id: risk.residual for risk in study.register if risk.residual}
    return scores


def _moved_risks(
    now: Mapping[int, Score], then: Mapping[int, Score]
) -> dict[int, tuple[Score, Score]]:
    """Return the scores that differ as (before, after), by risk."""
    return {id: (score, then[id]) for id, score in now.items() if score != then[id]}


def _moved_ranges(
    now: Mapping[int, Study], then: Mapping[int, Study]
) -> dict[int, dict[str, tuple[float, float]]]:
    """Return the percentiles of the exposure that differ, by programme. Only programmes whose
    loadings differ are simulated."""
    moved = {}
    for id, study in now.items():
        other = then[id]
        if (study.loading, study.loadings) == (other.loading, other.loadings):
            continue
        ends = _ends(study.exposure, other.exposure)
        if ends:
            moved[id] = ends
    return moved


def _ends(before: Range, after: Range) -> dict[str, tuple[float, float]]:
    ends = {name: (getattr(before, name), getattr(after, name)) for name in TOLD}
    return {name: pair for name, pair in ends.items() if pair[0] != pair[1]}
