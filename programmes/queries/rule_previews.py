"""What other rules would change in a portfolio: figures, oversight, and who decides.

All is read as of one moment; nothing is locked and nothing written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Protocol

from django.db import connection, transaction
from django.db.models import Q

from pmhub.database.collation import InOrder
from pmhub.rules import Rules
from pmhub.text import in_order
from programmes.delegated_limits import Limit, Limits, level_for
from programmes.health import HealthRule, Thresholds
from programmes.models import Portfolio, Programme
from programmes.queries.delegated_limits import budget_level, limits_of
from programmes.queries.forecasts import WATCHED, oversight_of
from programmes.queries.pmo_types import approver_words
from programmes.queries.previews import MovedFigure, MovedProgramme, MovedProject
from programmes.rollup import reading
from programmes.rollup.compute import Results, compute
from programmes.rollup.facts import Facts
from programmes.rollup.metrics import METRICS
from programmes.rollup.projects import scores_of
from projects.bands import Bands
from projects.calendar import Calendar
from projects.categories import Categories
from projects.gates import Approvers
from projects.models import (
    LIVE,
    BudgetRequest,
    BudgetRequestState,
    ChangeRequest,
    ChangeState,
    Project,
    Risk,
)
from projects.oversight import Ladder
from projects.queries.portfolios import of_portfolio
from projects.risk import Score

JOB = "rule-preview"  # the kind of job that works one out
AT_ONCE = 20  # programmes that are read and computed together
# What figures are computed by, and what it is called among the facts of a portfolio.
OF_FIGURES: Mapping[type[Rules], str] = {
    Thresholds: "thresholds",
    Bands: "bands",
    Categories: "categories",
    Calendar: "calendar",
    HealthRule: "health",
}


class Steps(Protocol):
    """Who is told of the work while it is done, and may end it by raising."""

    def check(self) -> None:
        """Hear that a piece is about to be read."""

    def reached(self, progress: int, total: int | None) -> None:
        """Hear that so many pieces are worked out, of so many."""


@dataclass(frozen=True, slots=True)
class Watching:
    """How closely a project is watched: the level, who approves its stages, weeks between its
    reports."""

    level: str
    approver: str
    weeks: int


@dataclass(frozen=True, slots=True)
class MovedWatching:
    """A project that would be watched otherwise: (before, after)."""

    project: Project
    watching: tuple[Watching, Watching]


@dataclass(frozen=True, slots=True)
class MovedRisk:
    """A risk of which the score would be another: (before, after)."""

    risk: Risk
    scores: tuple[Score, Score]


@dataclass(frozen=True, slots=True)
class MovedRequest:
    """A change or a budget request about which another level would decide: (before, after), None
    where no level may."""

    request: ChangeRequest | BudgetRequest
    levels: tuple[str | None, str | None]


@dataclass(slots=True)
class RulePreview:
    """What other rules would change over a portfolio, and how much of that is out of sight."""

    programmes: Sequence[MovedProgramme] = ()
    projects: Sequence[MovedProject] = ()
    risks: Sequence[MovedRisk] = ()
    watched: Sequence[MovedWatching] = ()
    requests: Sequence[MovedRequest] = ()
    hidden_programmes: int = 0
    hidden_projects: int = 0


@dataclass(slots=True)
class _Moved:
    """What moves, by the ids of programmes, projects and risks."""

    figures: dict[int, list[MovedFigure]] = field(default_factory=dict)
    projects: dict[int, Any] = field(default_factory=dict)
    risks: dict[int, tuple[Score, Score]] = field(default_factory=dict)

    def take(self, now: Results, then: Results) -> None:
        """Add what differs between two computations of a batch."""
        self.figures |= _moved_figures(now, then)
        self.projects |= _moved_projects(now, then)
        self.risks |= _moved_risks(now, then)


def rule_preview(portfolio: Portfolio, rules: Rules, user: Any, steps: Steps) -> RulePreview:
    """Return what these rules would change beside those of their kind that are in force."""
    with one_moment():
        found = RulePreview(
            watched=_watched(portfolio, rules, user), requests=_requests(portfolio, rules, user)
        )
        batches = list(_read(portfolio, rules, steps))
    moved = _Moved()
    for number, (facts, other) in enumerate(batches):
        steps.reached(number, len(batches))
        moved.take(compute(facts), compute(other))
    steps.reached(len(batches), len(batches))
    return _seen(found, moved, user)


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all that is read meanwhile be of one moment; within a transaction, of that."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


# Figures


def _read(portfolio: Portfolio, rules: Rules, steps: Steps) -> Iterator[tuple[Facts, Facts]]:
    """The facts of some programmes at a time, and last of the projects that stand alone, each as
    they are and by these rules; none where no figure depends on rules of this kind."""
    name = OF_FIGURES.get(type(rules))
    if name is None:
        return
    programmes = [*Programme.objects.filter(portfolio=portfolio).values_list("pk", flat=True)]
    alone = [*Project.objects.filter(portfolio=portfolio).values_list("pk", flat=True)]
    parts: list[tuple[list[int], list[int]]] = [
        (programmes[at : at + AT_ONCE], []) for at in range(0, len(programmes), AT_ONCE)
    ]
    for some, others in [*parts, *([([], alone)] if alone else [])]:
        steps.check()
        facts = reading.read(some, others)
        told: Any = {name: rules}
        by = replace(facts.portfolios[portfolio.pk], **told)
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


def _moved_projects(now: Results, then: Results) -> dict[int, Any]:
    """Finish and health of the projects whose health differs, each (before, after)."""
    found = {}
    for id, each in now.projects.items():
        other = then.projects[id]
        colours = (str(each.health.effective), str(other.health.effective))
        if colours[0] != colours[1]:
            found[id] = ((each.timeline.finish, other.timeline.finish), colours)
    return found


def _moved_risks(now: Results, then: Results) -> dict[int, tuple[Score, Score]]:
    """The scores of the projects' counted risks that differ, (before, after) by risk."""
    found: dict[int, tuple[Score, Score]] = {}
    for id, each in now.projects.items():
        after = scores_of(then.projects[id])
        found |= {
            risk: (score, after[risk])
            for risk, score in scores_of(each).items()
            if score != after[risk]
        }
    return found


def _seen(found: RulePreview, moved: _Moved, user: Any) -> RulePreview:
    """Return with what is found what moves and the user may see, and how much they may not."""
    programmes = Programme.objects.visible_to(user).select_related("portfolio")
    seen = programmes.in_bulk([*moved.figures])
    shown = Project.objects.visible_to(user).in_bulk([*moved.projects])
    risks = Risk.objects.visible_to(user).select_related("project").in_bulk([*moved.risks])
    found.programmes = [MovedProgramme(each, moved.figures[each.pk]) for each in _sorted(seen)]
    found.projects = [MovedProject(each, *moved.projects[each.pk]) for each in _sorted(shown)]
    found.risks = [MovedRisk(each, moved.risks[each.pk]) for each in _sorted(risks)]
    found.hidden_programmes = len(moved.figures) - len(seen)
    found.hidden_projects = len(moved.projects) - len(shown)
    return found


def _sorted(rows: Mapping[int, Any]) -> list[Any]:
    return sorted(rows.values(), key=lambda row: in_order(row.code))


# Who is watched how closely, and who decides


def _watched(portfolio: Portfolio, rules: Rules, user: Any) -> list[MovedWatching]:
    """The live projects that would be watched otherwise."""
    if not isinstance(rules, Ladder | Approvers | Calendar):
        return []
    rows = Project.objects.visible_to(user).filter(of_portfolio(portfolio), status__in=LIVE)
    found = []
    for project in rows.select_related(*WATCHED).order_by(InOrder("code")):
        before, after = _watching(project, portfolio), _watching(project, portfolio, rules)
        if before != after:
            found.append(MovedWatching(project, (before, after)))
    return found


def _watching(project: Project, portfolio: Portfolio, other: Rules | None = None) -> Watching:
    """How a project is watched by the rules in force, or another in the place of one of them."""
    approvers = other if isinstance(other, Approvers) else portfolio.rules_of(Approvers)
    calendar = other if isinstance(other, Calendar) else portfolio.rules_of(Calendar)
    level = oversight_of(project, other if isinstance(other, Ladder) else None)
    words = approver_words(project, approvers, portfolio.pmo_type, level)
    return Watching(level, words, calendar.report_weeks(level))


def _requests(portfolio: Portfolio, rules: Rules, user: Any) -> list[MovedRequest]:
    """The change and budget requests that wait and about which another level would decide."""
    if not isinstance(rules, Limits):
        return []
    before, after = limits_of([portfolio.pk])[portfolio.pk], rules.by_level
    found = [
        MovedRequest(each, (_level(before, each), _level(after, each)))
        for each in _waiting(portfolio, user)
    ]
    return [each for each in found if each.levels[0] != each.levels[1]]


def _waiting(portfolio: Portfolio, user: Any) -> list[ChangeRequest | BudgetRequest]:
    mine = of_portfolio(portfolio, "project__") | Q(programme__portfolio=portfolio)
    changes = ChangeRequest.objects.visible_to(user).filter(mine, state=ChangeState.IMPACT_ASSESSED)
    budgets = BudgetRequest.objects.visible_to(user).filter(
        mine, state=BudgetRequestState.SUBMITTED
    )
    return [
        *changes.select_related("project", "programme").order_by("pk"),
        *budgets.select_related("project", "programme").order_by("pk"),
    ]


def _level(limits: Mapping[str, Limit], request: ChangeRequest | BudgetRequest) -> str | None:
    if isinstance(request, BudgetRequest):
        return budget_level(limits, request.amount, request.lowest_level)
    return level_for(
        limits,
        request.previewed_cost or Decimal(0),
        request.previewed_days or 0,
        request.previewed_benefit_pct or Decimal(0),
    )
