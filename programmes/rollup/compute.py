"""From facts to results: pure, so that the same facts give the same lines, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from programmes.rollup.facts import Facts, ProgrammeFacts, ProjectResult
from programmes.rollup.ledger import Figure, Line, Metric, Unit, aggregated, rounded
from programmes.rollup.metrics import METRICS
from programmes.rollup.projects import compute_projects

# Raised when a rule changes: figures computed under an older number are computed again.
ENGINE_VERSION = 4


@dataclass(frozen=True, slots=True)
class ProgrammeResult:
    """The lines and figures of one programme."""

    facts: ProgrammeFacts
    lines: Mapping[str, list[Line]]
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Results:
    """What a batch came to."""

    facts: Facts
    projects: Mapping[int, ProjectResult]
    programmes: Mapping[int, ProgrammeResult]


def compute(facts: Facts) -> Results:
    """Every project and programme of the batch. Raises CycleError."""
    projects = compute_projects(facts)
    by_programme: dict[int, list[ProjectResult]] = {}
    for result in projects.values():
        if result.facts.programme is not None:
            by_programme.setdefault(result.facts.programme, []).append(result)
    return Results(
        facts=facts,
        projects=projects,
        programmes={
            each.id: compute_programme(replace(each, projects=_ordered(by_programme, each.id)))
            for each in facts.programmes
        },
    )


def _ordered(by_programme: Mapping[int, list[ProjectResult]], id: int) -> list[ProjectResult]:
    return sorted(by_programme.get(id, []), key=lambda each: each.facts.code)


def compute_programme(facts: ProgrammeFacts) -> ProgrammeResult:
    """Every metric, in the order of declaration: a formula finds its inputs computed."""
    lines: dict[str, list[Line]] = {}
    figures: dict[str, Figure] = {}
    for metric in METRICS:
        figure, own = _figure(metric, facts, lines, figures)
        figures[metric.name] = replace(figure, value=rounded(figure.value, metric.unit))
        if own:
            lines[metric.name] = own
    return ProgrammeResult(facts, lines, figures)


def _figure(
    metric: Metric,
    facts: ProgrammeFacts,
    lines: Mapping[str, list[Line]],
    figures: Mapping[str, Figure],
) -> tuple[Figure, list[Line]]:
    if metric.assess:
        return metric.assess(figures, facts)
    if metric.derive:
        return metric.derive(figures, facts), []
    assert metric.aggregate  # noqa: S101  # a metric is an aggregate, derived or assessed
    if metric.lines_of:
        return aggregated(metric.aggregate, lines.get(metric.lines_of, [])), []
    assert metric.lines  # noqa: S101  # an aggregate has lines
    # Rounded before they are summed, so that the sum is that of the lines as stored.
    own = [_rounded(line, metric.unit) for line in metric.lines(facts)]
    return aggregated(metric.aggregate, own), own


def _rounded(line: Line, unit: Unit) -> Line:
    value = rounded(line.value, unit)
    return line if value == line.value else replace(line, value=value)
