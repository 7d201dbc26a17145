"""What other rules would change in a portfolio: figures and ranges, oversight, who decides, and
what people are asked for.

Everything is read as of one moment; nothing is locked and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection, transaction

from pmhub.rules import Rules
from pmhub.text import in_order
from programmes.models import Portfolio, Programme
from programmes.queries.previews import MovedProgramme, MovedProject
from programmes.queries.rule_previews.consequences import (
    MovedOversight,
    MovedRequest,
    MovedSpan,
    MovedStep,
    requests,
    spans,
    steps_up,
    watched,
)
from programmes.queries.rule_previews.figures import MovedRecords, read
from programmes.rollup.compute import compute
from projects.models import Project, Risk
from projects.risk import Score

JOB = "rule-preview"  # the kind of job that works one out


class PreviewProgress(Protocol):
    """What is called while a preview is worked out, such as a job; it may end the work by
    raising."""

    def check(self) -> None:
        """Called before each piece of the records is read."""

    def reached(self, progress: int, total: int | None) -> None:
        """Called when `progress` of `total` pieces are worked out."""


@dataclass(frozen=True, slots=True)
class MovedRisk:
    """A risk whose score would change: (before, after)."""

    risk: Risk
    scores: tuple[Score, Score]


@dataclass(frozen=True, slots=True)
class MovedRange:
    """A programme whose simulated exposure would change: (before, after) in money, by the name of
    the percentile."""

    programme: Programme
    ends: Mapping[str, tuple[float, float]]


@dataclass(slots=True)
class RulePreview:
    """What other rules would change over a portfolio, and how much of that is out of sight."""

    programmes: Sequence[MovedProgramme] = ()
    projects: Sequence[MovedProject] = ()
    risks: Sequence[MovedRisk] = ()
    ranges: Sequence[MovedRange] = ()
    watched: Sequence[MovedOversight] = ()
    requests: Sequence[MovedRequest] = ()
    spans: Sequence[MovedSpan] = ()
    steps: Sequence[MovedStep] = ()
    hidden_programmes: int = 0
    hidden_projects: int = 0


def rule_preview(
    portfolio: Portfolio, rules: Rules, user: Any, steps: PreviewProgress
) -> RulePreview:
    """Return what these rules would change in the place of those of their kind that are in
    force."""
    with one_moment():
        preview = RulePreview(
            watched=watched(portfolio, rules, user),
            requests=requests(portfolio, rules, user),
            spans=spans(portfolio, rules, user),
            steps=[*steps_up(portfolio, rules, user, steps.check)],
        )
        batches = list(read(portfolio, rules, steps.check))
    moved = MovedRecords()
    for number, (facts, other) in enumerate(batches):
        steps.reached(number, len(batches))
        moved.take(compute(facts), compute(other))
    steps.reached(len(batches), len(batches))
    return _visible_part(preview, moved, user)


@contextmanager
def one_moment() -> Iterator[None]:
    """Within the context, let all reads be of one moment; inside a transaction, of that
    transaction's moment."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _visible_part(preview: RulePreview, moved: MovedRecords, user: Any) -> RulePreview:
    """Return the preview with the changes that the user may see, and the number of those that they
    may not."""
    ids = moved.figures.keys() | moved.ranges.keys()
    programmes = Programme.objects.visible_to(user).select_related("portfolio").in_bulk([*ids])
    projects = Project.objects.visible_to(user).in_bulk([*moved.projects])
    risks = Risk.objects.visible_to(user).select_related("project", "programme")
    preview.programmes = [
        MovedProgramme(programme, moved.figures[programme.pk])
        for programme in _sorted(programmes)
        if programme.pk in moved.figures
    ]
    preview.ranges = [
        MovedRange(programme, moved.ranges[programme.pk])
        for programme in _sorted(programmes)
        if programme.pk in moved.ranges
    ]
    preview.projects = [
        MovedProject(project, *moved.projects[project.pk]) for project in _sorted(projects)
    ]
    preview.risks = [
        MovedRisk(risk, moved.risks[risk.pk]) for risk in _sorted(risks.in_bulk([*moved.risks]))
    ]
    preview.hidden_programmes = len(ids) - len(programmes)
    preview.hidden_projects = len(moved.projects) - len(projects)
    return preview


def _sorted(rows: Mapping[int, Any]) -> list[Any]:
    return sorted(rows.values(), key=lambda row: in_order(row.code))
