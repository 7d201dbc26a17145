"""What other rules would change of the figures of a portfolio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pmhub.text import in_order
from programmes.health import Thresholds
from programmes.models import Portfolio, Programme
from programmes.queries.previews import MovedFigure, MovedProgramme, MovedProject
from programmes.rollup import reading
from programmes.rollup.compute import Results, compute
from programmes.rollup.metrics import METRICS
from projects.models import Project


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What other rules would change over a portfolio, and how much of that is out of sight."""

    programmes: Sequence[MovedProgramme]
    projects: Sequence[MovedProject]
    hidden_programmes: int
    hidden_projects: int


def rule_preview(portfolio: Portfolio, thresholds: Thresholds, user: Any) -> RulePreview:
    """Compute every figure of a portfolio by these thresholds beside those in force. The facts are
    read once; nothing is locked and nothing written."""
    programmes = Programme.objects.filter(portfolio=portfolio).values_list("pk", flat=True)
    alone = Project.objects.filter(portfolio=portfolio).values_list("pk", flat=True)
    facts = reading.read(programmes, alone)
    rules = replace(facts.portfolios[portfolio.pk], thresholds=thresholds)
    other = replace(
        facts,
        portfolios={**facts.portfolios, portfolio.pk: rules},
        programmes=[replace(programme, portfolio=rules) for programme in facts.programmes],
    )
    now, then = compute(facts), compute(other)
    figures, projects = _moved_figures(now, then), _moved_projects(now, then)
    seen = Programme.objects.visible_to(user).select_related("portfolio").in_bulk([*figures])
    shown = Project.objects.visible_to(user).in_bulk([*projects])
    return RulePreview(
        programmes=[
            MovedProgramme(each, figures[each.pk])
            for each in sorted(seen.values(), key=lambda row: in_order(row.code))
        ],
        projects=[
            MovedProject(each, *projects[each.pk])
            for each in sorted(shown.values(), key=lambda row: in_order(row.code))
        ],
        hidden_programmes=len(figures) - len(seen),
        hidden_projects=len(projects) - len(shown),
    )


def _moved_figures(now: Results, then: Results) -> dict[int, list[MovedFigure]]:
    """The figures that differ, by programme."""
    found = {
        id: [
            MovedFigure(metric, before, after, [])
            for metric in METRICS
            if (before := each.figures[metric.name].value)
            != (after := then.programmes[id].figures[metric.name].value)
        ]
        for id, each in now.programmes.items()
    }
    return {id: moved for id, moved in found.items() if moved}


def _moved_projects(
    now: Results, then: Results
) -> Mapping[int, tuple[tuple[date | None, date | None], tuple[str, str]]]:
    """Finish and health of the projects whose health differs, each (before, after)."""
    found = {}
    for id, each in now.projects.items():
        other = then.projects[id]
        colours = (str(each.health.effective), str(other.health.effective))
        if colours[0] != colours[1]:
            found[id] = ((each.timeline.finish, other.timeline.finish), colours)
    return found
