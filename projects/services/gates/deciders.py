"""The people who decide a gate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from pmhub.access.posts import leaders_of
from pmhub.models import Person, RoleAssignment
from pmhub.permissions import STEERERS, Role
from pmhub.services import refuse_state
from programmes.models import Board, BoardKind, Portfolio, Programme, Tranche
from programmes.models.states import ProgrammeStage
from programmes.queries.forecasts import oversight_of
from projects import gates
from projects.models import Project

S = ProgrammeStage
# The sponsoring group decides whether a programme comes to these stages, or leaves the first one.
SPONSORED = (S.CLOSE, S.TERMINATED)


@dataclass(frozen=True, slots=True)
class Deciders:
    """The deciders of the next gate of a place: `quorum` of these `people` (ids), and one of `pmo`
    where that is not empty. With `confirmed`, the PMO judges the criteria. `level` is the oversight
    of a project."""

    people: frozenset[int]
    quorum: int = 1
    level: str = ""
    pmo: frozenset[int] = frozenset()
    confirmed: bool = False

    def is_up_to(self, person: Person | None) -> bool:
        """Return whether one person decides alone."""
        if person is None or self.quorum > 1 or person.pk not in self.people:
            return False
        return not self.pmo or person.pk in self.pmo


def deciders_of(place: Project | Programme | Tranche, target: str = "") -> Deciders:
    """Return the deciders of the gate of a place to a stage; nobody who leads the place is among
    them. Raises Conflict where nobody could decide.

    For a project, its oversight and the type of PMO choose them. For a programme and its tranches
    it is the programme board; the sponsoring group decides about a programme that leaves the first
    stage, closes or stops. Where that board is not set up, whoever steers the programme decides
    alone.
    """
    if isinstance(place, Project):
        return _of_project(place)
    if isinstance(place, Tranche):
        return _of_programme(place.programme, BoardKind.PROGRAMME_BOARD)
    sponsored = place.stage == S.IDENTIFY or target in SPONSORED
    kind = BoardKind.SPONSORING_GROUP if sponsored else BoardKind.PROGRAMME_BOARD
    return _of_programme(place, kind)


def _of_programme(programme: Programme, kind: BoardKind) -> Deciders:
    board = _board(programme.portfolio, programme, kind)
    if board is None:
        people, quorum = _steering(programme), 1
    else:
        people, quorum = _members(board), board.quorum
    people -= leaders_of(programme)
    if len(people) < quorum:
        text = "Too few of the board may decide: who leads the programme does not."
        refuse_state("approvers", text if board else "Name an SRO first: they decide this.")
    return Deciders(people, quorum)


def _of_project(project: Project) -> Deciders:
    level, portfolio = oversight_of(project), project.owner_portfolio
    rule = portfolio.rules_of(gates.Approvers).approval(portfolio.pmo_type, level)
    pmo = in_the_office(project) if rule.pmo else frozenset()
    people, quorum = pmo, 1
    if rule.board:
        people, quorum = _board_of(project)
    elif rule.manager:
        people = _manager(project)
    lead = leaders_of(project)
    people, pmo = people - lead, pmo - lead
    if len(people) < quorum or (rule.pmo and not pmo):
        refuse_state("approvers", _nobody(rule))
    beside = pmo if rule.board else frozenset()
    return Deciders(people, quorum, level, beside, rule.confirmed)


def _nobody(rule: gates.Approval) -> str:
    """Return a sentence that says whom to name or set up first."""
    if rule.board:
        return "The board decides this: set one up, with members enough for its quorum."
    if rule.manager:
        return "Name who leads above the project manager first: they decide this."
    return "Somebody in the PMO decides this: give the role first."


def _manager(project: Project) -> frozenset[int]:
    above = project.programme.programme_manager_id if project.programme else project.executive_id
    return frozenset() if above is None else frozenset({above})


def _board_of(project: Project) -> tuple[frozenset[int], int]:
    kind = BoardKind.PROGRAMME_BOARD if project.programme else BoardKind.PORTFOLIO_BOARD
    board = _board(project.owner_portfolio, project.programme, kind)
    return (frozenset(), 1) if board is None else (_members(board), board.quorum)


def _board(portfolio: Portfolio, programme: Programme | None, kind: BoardKind) -> Board | None:
    """Return the board of this kind, of a programme or its portfolio; None where there is none."""
    place = Q(portfolio=portfolio)
    if kind == BoardKind.PROGRAMME_BOARD:
        place = Q(programme=programme)
    rows = Board.objects.filter(place, kind=kind, archived_at__isnull=True)
    return rows.order_by("pk").first()


def _members(board: Board) -> frozenset[int]:
    return frozenset(board.members.values_list("pk", flat=True))


def _steering(programme: Programme) -> frozenset[int]:
    """Return the ids of the people who steer a programme: its SRO, sponsors and the PMO."""
    place = Q(portfolio=programme.portfolio) | Q(programme=programme)
    return _holding(STEERERS, place) | frozenset(filter(None, [programme.sro_id]))


def in_the_office(place: Project | Programme | Tranche) -> frozenset[int]:
    """Return the ids of the members of the PMO for a place."""
    home = place.programme if isinstance(place, Tranche) else place
    portfolio = home.owner_portfolio if isinstance(home, Project) else home.portfolio
    return _holding([Role.PMO], Q(portfolio=portfolio))


def _holding(roles: Collection[Role], place: Q) -> frozenset[int]:
    """Return the ids of the people who hold one of these roles at the place, or everywhere."""
    there = place | Q(portfolio=None, programme=None, project=None)
    held = RoleAssignment.objects.current(timezone.localdate()).filter(there, role__in=roles)
    return frozenset(held.values_list("person", flat=True))
