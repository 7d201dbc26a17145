"""What a programme will have cost as a range, and which projects and lines widen it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pmhub.text import in_order
from programmes.rollup.cost_facts import LineFacts
from programmes.rollup.facts import ProgrammeFacts, ProjectFacts
from programmes.rollup.projects import estimate_at_completion
from projects.simulation import Prospect, Range

ZERO = Decimal(0)
MOST_OPEN = 25  # spenders that are listed
CERTAIN = Decimal(1)  # all that is still to be spent will be: only how much it is stays open


@dataclass(frozen=True, slots=True)
class Spender:
    """A project, or a budget line of the programme itself, and what it will have cost."""

    id: int
    code: str
    is_line: bool
    cost: Prospect


@dataclass(frozen=True, slots=True)
class OpenCost:
    """A project, or a line of the programme, that gives bounds of what it will have cost, with its
    share of the variance of the total."""

    id: int
    code: str
    is_line: bool
    low: Decimal
    likely: Decimal
    high: Decimal
    share: float


@dataclass(frozen=True, slots=True)
class CostRange:
    """The simulated cost of a programme; how many spenders give bounds, and those that widen it
    most."""

    total: Range
    open: int
    widest: tuple[OpenCost, ...]


def spenders(projects: Sequence[ProjectFacts], programme: ProgrammeFacts) -> Iterator[Spender]:
    """Yield the projects of a programme whose cost is known, and its lines."""
    for project in projects:
        if cost := _of_project(project):
            yield Spender(project.id, project.code, False, cost)
    for line in programme.lines:
        yield Spender(line.id, line.code, True, _of_line(line))


def _of_project(project: ProjectFacts) -> Prospect | None:
    """Return what a project has spent and is still to spend; None where that is not known."""
    estimate = estimate_at_completion(project)
    if estimate.value is None:
        return None
    bounds = project.to_go_bounds if project.live or project.terminated else None
    return _prospect(project.actual, estimate.value - project.actual, bounds)


def _of_line(line: LineFacts) -> Prospect:
    """Return what is spent on a line of a programme and still to be spent; an income is below 0."""
    return _prospect(line.actual, line.to_go, line.bounds)


def _prospect(spent: Decimal, to_go: Decimal, bounds: tuple[Decimal, Decimal] | None) -> Prospect:
    """Return a cost with its bounds. Without bounds it is one certain sum, which stays when a part
    of it is spent."""
    if bounds is None or bounds[0] == bounds[1]:
        return Prospect(spent + to_go, ZERO, CERTAIN)
    return Prospect(spent, to_go, CERTAIN, bounds)


def cost_range(total: Range, spenders: Sequence[Spender]) -> CostRange:
    """Return the simulated total with the spenders that give bounds, those that widen it most
    first."""
    spreads = [(who, who.cost.variance) for who in spenders if who.cost.bounds]
    whole = sum(spread for _, spread in spreads)
    spreads.sort(key=lambda row: (-row[1], row[0].is_line, in_order(row[0].code)))
    return CostRange(
        total=total,
        open=len(spreads),
        widest=tuple(
            OpenCost(
                id=who.id,
                code=who.code,
                is_line=who.is_line,
                low=who.cost.realised + who.cost.bounds[0],
                likely=who.cost.realised + who.cost.remaining,
                high=who.cost.realised + who.cost.bounds[1],
                share=spread / whole if whole else 0.0,
            )
            for who, spread in spreads[:MOST_OPEN]
            if who.cost.bounds
        ),
    )
