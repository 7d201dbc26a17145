"""Who decides a gate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from pmhub.models import Person, RoleAssignment
from pmhub.permissions import STEERERS, Role
from pmhub.services import refuse_state
from programmes.models import Board, BoardKind, Portfolio, Programme, Tranche
from programmes.models.states import ProgrammeStage
from programmes.queries.forecasts import oversight_of
from projects import gates
from projects.models import Project

S = ProgrammeStage
# The sponsoring group decides whether these are reached, and what follows on identifying.
SPONSORED = (S.CLOSE, S.TERMINATED)


@dataclass(frozen=True, slots=True)
class Deciders:
    """Who decides the gates of something now: of `people` so many (`quorum`), and one of `pmo`
    where there are any. `confirmed`: the PMO says which criteria are met. `level` is how closely a
    project is watched."""

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
    """Return who decides the gate of a place to a stage, never who leads it. Raises Conflict where
    nobody could.

    Of a project its oversight and the kind of PMO say so; of a programme and its tranches their
    board, and the sponsoring group whether it goes on from identifying, closes or stops. Where no
    such board is set up, whoever steers the programme decides alone.
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
    people -= {programme.programme_manager_id}
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
    people, pmo = people - {project.project_manager_id}, pmo - {project.project_manager_id}
    if len(people) < quorum or (rule.pmo and not pmo):
        refuse_state("approvers", _nobody(rule))
    beside = pmo if rule.board else frozenset()
    return Deciders(people, quorum, level, beside, rule.confirmed)


def _nobody(rule: gates.Approval) -> str:
    """Return who is missing, in a sentence."""
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
    """The board of this kind, of a programme or its portfolio; None where there is none."""
    place = Q(portfolio=portfolio)
    if kind == BoardKind.PROGRAMME_BOARD:
        place = Q(programme=programme)
    rows = Board.objects.filter(place, kind=kind, archived_at__isnull=True)
    return rows.order_by("pk").first()


def _members(board: Board) -> frozenset[int]:
    return frozenset(board.members.values_list("pk", flat=True))


def _steering(programme: Programme) -> frozenset[int]:
    """The people who steer a programme: its SRO, sponsors, the PMO."""
    place = Q(portfolio=programme.portfolio) | Q(programme=programme)
    return _holding(STEERERS, place) | frozenset(filter(None, [programme.sro_id]))


def in_the_office(place: Project | Programme | Tranche) -> frozenset[int]:
    """Return the people (ids) of the PMO of what a place is in."""
    home = place.programme if isinstance(place, Tranche) else place
    portfolio = home.owner_portfolio if isinstance(home, Project) else home.portfolio
    return _holding([Role.PMO], Q(portfolio=portfolio))


def _holding(roles: Collection[Role], place: Q) -> frozenset[int]:
    """The people who hold one of these roles there, or everywhere."""
    there = place | Q(portfolio=None, programme=None, project=None)
    held = RoleAssignment.objects.current(timezone.localdate()).filter(there, role__in=roles)
    return frozenset(held.values_list("person", flat=True))
