"""The deciders of a change request: at the lowest level whose limits cover it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from pmhub.models import Person, RoleAssignment
from pmhub.page_addresses import address_of
from pmhub.permissions import Role
from pmhub.services import Conflict, refuse_state
from programmes.delegated_limits import LEVELS
from programmes.models import Board, BoardKind, Level
from programmes.queries.delegated_limits import limits_of
from programmes.queries.step_blockers import see
from projects.changes import Impact
from projects.models import ChangeRequest
from projects.queries.approved import approved_of
from projects.queries.change_levels import level_of_change

OF_PROJECT = (Level.PROJECT_MANAGER, Level.EXECUTIVE)
UNNAMED = "Nobody who may decide so much is named: name who leads above, or set up the board."
UNLIMITED = "No level may decide so much: the PMO gives one a delegated limit first."


@dataclass(frozen=True, slots=True)
class ChangeDeciders:
    """The deciders of a change: `quorum` of these `people` (ids), at a level; a `board` where they
    decide together."""

    level: str
    people: frozenset[int]
    quorum: int = 1
    board: Board | None = None


def deciding(change: ChangeRequest, impact: Impact) -> ChangeDeciders:
    """Return who decides a change: the lowest level whose limits cover the impact found by the
    trial, the money granted and the impact stated, each with what was approved since the last plan.

    The next level decides where too few people are left: whoever raised the change or last wrote
    what it asks for is left out, and those who lead what it changes by more than they may decide.
    Raises Conflict where no level is left.
    """
    lowest = lowest_level(change, impact)
    if lowest is None:
        raise Conflict({"level": [UNLIMITED]}, kind="wrong_state", see=_limits_of(change))
    wrote = Person.objects.filter(Q(user=change.created_by_id or 0) | Q(pk=change.written_by_id))
    own = set(wrote.values_list("pk", flat=True))
    for level in LEVELS[LEVELS.index(lowest) :]:
        board = _board(change) if level == Level.PROGRAMME_BOARD else None
        named = board.members.values_list("pk", flat=True) if board else _named(change, level)
        quorum = board.quorum if board else 1
        people = frozenset(pk for pk in named if pk is not None) - own - change.lead_at(level)
        if len(people) >= quorum:
            return ChangeDeciders(level, people, quorum, board)
    return refuse_state("approvers", UNNAMED)


def lowest_level(change: ChangeRequest, impact: Impact) -> str | None:
    """Return the lowest level that may decide a change, with what was approved of its project or
    programme since the last plan; None where none may."""
    home = portfolio_of(change).pk
    before = approved_of(change.place, but=change)
    return level_of_change(change, impact, limits_of([home])[home], before)


def _limits_of(change: ChangeRequest) -> list[dict[str, str]]:
    """Return the page on which the delegated limits of the portfolio of a change are set, as a
    problem names it."""
    page = address_of("register-of", "portfolios", portfolio_of(change).pk, "delegated-limits")
    return see([("Delegated limits", page)])


def portfolio_of(change: ChangeRequest) -> Any:
    """Return the portfolio of the project or programme that a change is for."""
    return change.project.owner_portfolio if change.project else change.programme.portfolio  # type: ignore[union-attr]  # one of the two


def programme_of(change: ChangeRequest) -> Any:
    """Return the programme of the project or programme that a change is for; None for a standalone
    project."""
    return change.project.programme if change.project else change.programme


def _named(change: ChangeRequest, level: str) -> Iterable[int | None]:
    """Return the ids of the people named at a level for a change, None for an empty post."""
    project, programme = change.project, programme_of(change)
    if level == Level.SPONSOR:
        return _sponsors(change)
    if level in OF_PROJECT:
        field = "project_manager_id" if level == Level.PROJECT_MANAGER else "executive_id"
        return [getattr(project, field, None)]
    field = "sro_id" if level == Level.SRO else "programme_manager_id"
    return [getattr(programme, field, None)] if level != Level.PROGRAMME_BOARD else []


def _sponsors(change: ChangeRequest) -> Iterable[int]:
    there = Q(portfolio=None, programme=None, project=None) | Q(portfolio=portfolio_of(change))
    if programme := programme_of(change):
        there |= Q(programme=programme)
    held = RoleAssignment.objects.current(timezone.localdate()).filter(there, role=Role.SPONSOR)
    people: Iterable[int] = held.values_list("person", flat=True)
    return people


def _board(change: ChangeRequest) -> Board | None:
    if programme := programme_of(change):
        place = Q(programme=programme, kind=BoardKind.PROGRAMME_BOARD)
    else:
        place = Q(portfolio=portfolio_of(change), kind=BoardKind.PORTFOLIO_BOARD)
    return Board.objects.filter(place, archived_at__isnull=True).order_by("pk").first()
