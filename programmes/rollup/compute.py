"""From facts to results: pure, so that the same facts give the same lines, byte for byte.

The results of an unchanged project are taken over from the computation before, as the same objects:
so the writer recognises them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from programmes.rollup import derived
from programmes.rollup.facts import Discounting, Facts, ProgrammeFacts, ProjectResult
from programmes.rollup.ledger import Figure, Line, Metric, Unit, aggregated, rounded
from programmes.rollup.metrics import METRICS
from programmes.rollup.projects import compute_projects

# Raised when a rule changes: figures computed under an older number are computed again.
ENGINE_VERSION = 11

Lines = Mapping[str, Sequence[Line]]  # by metric


@dataclass(frozen=True, slots=True)
class ProgrammeResult:
    """The figures of one programme, with the lines behind them: those of each project by its id,
    and the programme's own."""

    facts: ProgrammeFacts
    of_projects: Mapping[int, Lines]
    own: Lines
    figures: Mapping[str, Figure]

    def lines_since(self, before: ProgrammeResult | None) -> Iterator[tuple[str, Line]]:
        """Yield each line that is new or different since an earlier computation, with its
        metric."""
        earlier = before.of_projects if before else {}
        for id, lines in self.of_projects.items():
            yield from _other_lines(lines, earlier.get(id, {}))
        yield from _other_lines(self.own, before.own if before else {})


def _other_lines(now: Lines, then: Lines) -> Iterator[tuple[str, Line]]:
    """Yield each line of `now` that is new or different from `then`, with its metric."""
    for metric, lines in now.items() if now is not then else ():
        earlier = {(line.source_type, line.source_id): line for line in then.get(metric, ())}
        for line in lines:
            if earlier.get((line.source_type, line.source_id)) != line:
                yield metric, line


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a batch."""

    facts: Facts = field(default_factory=Facts)
    projects: Mapping[int, ProjectResult] = field(default_factory=dict)
    programmes: Mapping[int, ProgrammeResult] = field(default_factory=dict)


NOTHING = Results()


def compute(facts: Facts, before: Results = NOTHING) -> Results:
    """Compute every project and programme of the batch. Results that were computed `before` under
    the same rules are taken over where the facts are the same objects. Raises CycleError."""
    projects = compute_projects(facts, before.facts, before.projects)
    by_programme: dict[int, list[ProjectResult]] = {}
    for result in projects.values():
        if result.facts.programme is not None:
            by_programme.setdefault(result.facts.programme, []).append(result)
    return Results(
        facts=facts,
        projects=projects,
        programmes={
            programme.id: compute_programme(
                replace(programme, projects=_ordered(by_programme, programme.id)),
                before.programmes.get(programme.id),
            )
            for programme in facts.programmes
        },
    )


def _ordered(by_programme: Mapping[int, list[ProjectResult]], id: int) -> list[ProjectResult]:
    return sorted(by_programme.get(id, []), key=lambda project: project.facts.code)


def compute_programme(
    facts: ProgrammeFacts, before: ProgrammeResult | None = None
) -> ProgrammeResult:
    """Compute every metric in the order of declaration, so that the inputs of a formula come before
    it. Aggregates of lines that did not change since `before` are taken over."""
    of_projects = _of_projects(facts, before)
    held = _without_projects(facts)
    same = before if before and held == _without_projects(before.facts) else None
    moved = _moved(of_projects, same)
    own: dict[str, Sequence[Line]] = {}
    lines: dict[str, Sequence[Line]] = {}
    figures: dict[str, Figure] = {}
    for metric in METRICS:
        name = metric.name
        added = [line for part in of_projects.values() for line in part.get(name, ())]
        mine = same.own.get(name, ()) if same else _own(metric, held)
        lines[name] = [*added, *mine]
        if same and metric.aggregate and not metric.assess and metric.line_source not in moved:
            figures[name] = same.figures[name]
        else:
            figure, mine = _figure(metric, facts, lines, figures, added, mine)
            figures[name] = replace(figure, value=rounded(figure.value, metric.unit))
        if mine:
            own[name] = mine
    return ProgrammeResult(facts, of_projects, own, figures)


def _without_projects(facts: ProgrammeFacts) -> ProgrammeFacts:
    """Return the facts of a programme without its projects and their risks."""
    risks = [risk for risk in facts.risks if risk.project is None]
    return replace(facts, projects=(), risks=risks)


def _moved(of_projects: Mapping[int, Lines], before: ProgrammeResult | None) -> set[str]:
    """Return the metrics to which projects add other lines than before."""
    earlier = before.of_projects if before else {}
    moved: set[str] = set()
    for id in of_projects.keys() | earlier.keys():
        now, then = of_projects.get(id, {}), earlier.get(id, {})
        if now is not then:
            names = now.keys() | then.keys()
            moved.update(name for name in names if now.get(name) != then.get(name))
    return moved


def _own(metric: Metric, held: ProgrammeFacts) -> list[Line]:
    """Return the lines that the programme itself adds to a metric, without knowing its projects.
    They are rounded before they are summed, so that the sum is that of the lines as stored."""
    lines = metric.of_programme(held) if metric.of_programme else ()
    return [_rounded(line, metric.unit) for line in lines]


def _of_projects(facts: ProgrammeFacts, before: ProgrammeResult | None) -> dict[int, Lines]:
    """Return by project the lines that it adds; those of an unchanged project are taken over."""
    overridden, by = facts.override is not None, facts.case_discounting
    same = (
        before is not None
        and overridden == (before.facts.override is not None)
        and by == before.facts.case_discounting
    )
    earlier = (
        {project.facts.id: project for project in before.facts.projects} if before and same else {}
    )
    return {
        project.facts.id: before.of_projects[project.facts.id]
        if before and earlier.get(project.facts.id) is project
        else lines_of(project, by, overridden=overridden)
        for project in facts.projects
    }


def lines_of(project: ProjectResult, by: Discounting, *, overridden: bool = False) -> Lines:
    """Return by metric the lines that a project adds. Lines of the business case are discounted
    `by` what the case says; where the programme's health is `overridden`, the line of the project's
    health does not count."""
    added = [
        *((metric, metric.of_project(project)) for metric in METRICS if metric.of_project),
        *((metric, metric.of_case(project, by)) for metric in METRICS if metric.of_case),
    ]
    found = {
        metric.name: [_rounded(line, metric.unit) for line in lines] for metric, lines in added
    }
    if overridden:
        found["health"] = [*map(derived.overridden, found["health"])]
    return {name: lines for name, lines in found.items() if lines}


def _figure(
    metric: Metric,
    facts: ProgrammeFacts,
    lines: Lines,
    figures: Mapping[str, Figure],
    added: Sequence[Line],
    own: Sequence[Line],
) -> tuple[Figure, Sequence[Line]]:
    """Return the figure of a metric, and the lines that are the programme's own."""
    if metric.assess:
        return metric.assess(figures, facts, added)
    if metric.derive:
        return metric.derive(figures, facts), own
    assert metric.aggregate  # noqa: S101  # a metric is an aggregate, derived or assessed
    return aggregated(metric.aggregate, lines[metric.line_source]), own


def _rounded(line: Line, unit: Unit) -> Line:
    value = rounded(line.value, unit)
    return line if value == line.value else replace(line, value=value)
