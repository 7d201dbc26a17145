"""What other rules would change beside figures: the oversight of projects, who decides about
requests, who manages too many projects, and what the next career step asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from pmhub.database.collation import InOrder
from pmhub.models import Person
from pmhub.queries.career import career_of
from pmhub.queries.people_signals import projects_managed, told_of
from pmhub.rules import Rules
from programmes.delegated_limits import Approved, Limit, Limits
from programmes.models import Portfolio
from programmes.queries.delegated_limits import budget_level, limits_of
from programmes.queries.forecasts import WATCHED, oversight_of
from programmes.queries.pmo_types import approver_words
from projects.calendar import Calendar
from projects.career import Career, Step
from projects.gates import Approvers
from projects.models import (
    LIVE,
    BudgetRequest,
    BudgetRequestState,
    ChangeRequest,
    ChangeState,
    Project,
)
from projects.oversight import Ladder
from projects.queries.approved import Place, approved_by_place, place_of
from projects.queries.change_levels import impact_as_assessed, level_of_change
from projects.queries.portfolios import of_portfolio


@dataclass(frozen=True, slots=True)
class OversightTerms:
    """The terms of a project's oversight: the level, who approves its stages, and the weeks between
    its reports and between its inspections."""

    level: str
    approver: str
    weeks: int
    inspections: int


@dataclass(frozen=True, slots=True)
class MovedOversight:
    """A project whose terms of oversight would change: (before, after)."""

    project: Project
    watching: tuple[OversightTerms, OversightTerms]


@dataclass(frozen=True, slots=True)
class MovedRequest:
    """A change or budget request that another level would decide: (before, after), None where no
    level may."""

    request: ChangeRequest | BudgetRequest
    levels: tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class MovedSpan:
    """A person who manages `number` live projects, and who would exceed the allowed number by only
    one of the two rules: (allowed now, allowed then)."""

    person: Person
    number: int
    most: tuple[int, int]


@dataclass(frozen=True, slots=True)
class MovedStep:
    """A person whose lacks for the next step of the career ladder would change: (before, after) in
    words."""

    person: Person
    step: Step
    lacks: tuple[str, str]


def watched(portfolio: Portfolio, rules: Rules, user: Any) -> list[MovedOversight]:
    """Return the live projects whose terms of oversight would change."""
    if not isinstance(rules, Ladder | Approvers | Calendar):
        return []
    rows = Project.objects.visible_to(user).filter(of_portfolio(portfolio), status__in=LIVE)
    found = []
    for project in rows.select_related(*WATCHED).order_by(InOrder("code"), "pk"):
        before, after = _watching(project, portfolio), _watching(project, portfolio, rules)
        if before != after:
            found.append(MovedOversight(project, (before, after)))
    return found


def _watching(project: Project, portfolio: Portfolio, other: Rules | None = None) -> OversightTerms:
    """Return the terms of a project's oversight by the rules in force, with `other` in the place of
    the rules of its kind."""
    approvers = other if isinstance(other, Approvers) else portfolio.rules_of(Approvers)
    calendar = other if isinstance(other, Calendar) else portfolio.rules_of(Calendar)
    level = oversight_of(project, other if isinstance(other, Ladder) else None)
    words = approver_words(project, approvers, portfolio.pmo_type, level)
    return OversightTerms(
        level, words, calendar.report_weeks(level), calendar.inspection_weeks(level)
    )


def requests(portfolio: Portfolio, rules: Rules, user: Any) -> list[MovedRequest]:
    """Return the undecided change and budget requests that another level would decide."""
    if not isinstance(rules, Limits):
        return []
    before, after = limits_of([portfolio.pk])[portfolio.pk], rules.by_level
    waiting = _waiting(portfolio, user)
    approved = approved_by_place(_place(request) for request in waiting)
    rows = []
    for request in waiting:
        known = approved[_place(request)]
        levels = (_level(before, request, known), _level(after, request, known))
        rows.append(MovedRequest(request, levels))
    return [row for row in rows if row.levels[0] != row.levels[1]]


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


def _place(request: ChangeRequest | BudgetRequest) -> Place:
    return place_of(request.project_id, request.programme_id)


def _level(
    limits: Mapping[str, Limit], request: ChangeRequest | BudgetRequest, approved: Approved
) -> str | None:
    if isinstance(request, BudgetRequest):
        return budget_level(limits, request.amount, request.lowest_level, approved)
    return level_of_change(request, impact_as_assessed(request), limits, approved)


def spans(portfolio: Portfolio, rules: Rules, user: Any) -> list[MovedSpan]:
    """Return the people who would come to manage more live projects than is allowed, or who would
    no longer do so."""
    if not isinstance(rules, Ladder):
        return []
    most = (portfolio.rules_of(Ladder).most_projects, rules.most_projects)
    numbers = {row["project_manager"]: row["number"] for row in projects_managed(user, portfolio)}
    moved = {id for id, number in numbers.items() if (number > most[0]) != (number > most[1])}
    people = Person.objects.filter(pk__in=moved).order_by(InOrder("name"), "pk")
    return [MovedSpan(person, numbers[person.pk], most) for person in people]


def steps_up(
    portfolio: Portfolio, rules: Rules, user: Any, check: Callable[[], None]
) -> Iterator[MovedStep]:
    """Yield the people whose lacks for the next career step would change, of those whose career the
    portfolio's rules judge."""
    if not isinstance(rules, Career):
        return
    for person in Person.objects.filter(pk__in=told_of(user), archived_at=None).order_by(
        InOrder("name")
    ):
        check()
        now = career_of(person, user)
        if now.portfolio != portfolio or now.above is None:
            continue
        then = now.by(rules)
        if now.lacking != then.lacking:
            yield MovedStep(person, now.above, (now.lacking, then.lacking))
