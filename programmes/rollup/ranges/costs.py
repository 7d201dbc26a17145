"""What the projects of a programme will have cost, and which of them leave that open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pmhub.text import in_order
from programmes.rollup.facts import ProjectFacts
from programmes.rollup.projects import estimate_at_completion
from projects.simulation import Prospect, Range

MOST_OPEN = 25  # projects that are listed
CERTAIN = Decimal(1)  # all that is still to be spent will be: only how much it is stays open


@dataclass(frozen=True, slots=True)
class OpenCost:
    """A project that says between which bounds lies what it will have cost, and its share of the
    variance of the total."""

    id: int
    code: str
    low: Decimal
    likely: Decimal
    high: Decimal
    share: float


@dataclass(frozen=True, slots=True)
class CostRange:
    """What all projects will have cost, simulated; how many leave it open, who most first."""

    total: Range
    open: int
    widest: tuple[OpenCost, ...]


def cost_of(project: ProjectFacts) -> Prospect | None:
    """Return what a project has spent and is still to spend; None where nobody knows."""
    estimate = estimate_at_completion(project)
    if estimate.value is None:
        return None
    bounds = project.to_go_bounds if project.live or project.terminated else None
    if bounds and bounds[0] == bounds[1]:
        bounds = None
    return Prospect(project.actual, estimate.value - project.actual, CERTAIN, bounds)


def cost_range(total: Range, costs: Sequence[tuple[ProjectFacts, Prospect]]) -> CostRange:
    """Return the simulated total of these costs with the projects that leave it open, who widens it
    most first."""
    spreads = [(project, cost, cost.variance) for project, cost in costs if cost.bounds]
    whole = sum(spread for *_, spread in spreads)
    spreads.sort(key=lambda row: (-row[2], in_order(row[0].code)))
    return CostRange(
        total=total,
        open=len(spreads),
        widest=tuple(
            OpenCost(
                id=project.id,
                code=project.code,
                low=cost.realised + cost.bounds[0],
                likely=cost.realised + cost.remaining,
                high=cost.realised + cost.bounds[1],
                share=spread / whole if whole else 0.0,
            )
            for project, cost, spread in spreads[:MOST_OPEN]
            if cost.bounds
        ),
    )
