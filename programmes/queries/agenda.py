"""What waits for a board: gates that it decides, changes, exceptions and proposed decisions. A
reader of its meeting sees only those that they may also see elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from programmes.models import Board, Decision, ExceptionReport, ExceptionState
from programmes.models.states import DecisionState
from projects.models import ChangeRequest, ChangeState, Gate, GateState

Item = dict[str, Any]
MODELS: dict[str, Any] = {
    "gates": Gate,
    "change-requests": ChangeRequest,
    "exceptions": ExceptionReport,
    "decisions": Decision,
}


def in_sight(agendas: Iterable[list[Item]], user: Any) -> list[list[Item]]:
    """Return each agenda without the items that the user may not see; one query for each kind of
    record."""
    agendas = list(agendas)
    wanted = defaultdict(set)
    for item in (item for agenda in agendas for item in agenda):
        wanted[item["type"]].add(item["id"])
    seen = {
        (kind, id)
        for kind, ids in wanted.items()
        for id in MODELS[kind]
        .objects.visible_to(user)
        .filter(pk__in=ids)
        .values_list("pk", flat=True)
    }
    return [[item for item in agenda if (item["type"], item["id"]) in seen] for agenda in agendas]


def agenda_of(board: Board) -> list[Item]:
    """Return what waits for a board now: `type` and `id` of each record, with its title; gates
    first, then changes, exceptions and decisions, each the oldest first."""
    below = _place(board, "project__programme", "project__portfolio")
    at = below | _place(board, "programme", "programme__portfolio")
    gates = Gate.objects.filter(
        at | _place(board, "tranche__programme", "tranche__programme__portfolio"),
        state=GateState.OPEN,
        approvers__boards=board,
    )
    changes = ChangeRequest.objects.filter(board=board, state=ChangeState.IMPACT_ASSESSED)
    exceptions = ExceptionReport.objects.filter(
        below | _place(board, "case__programme", "case__project__portfolio"),
        state=ExceptionState.OPEN,
    )
    condition = at if board.programme_id is not None else at | Q(portfolio=board.portfolio_id)
    here = Q(board=None) | Q(board=board)  # what another board is asked waits for that one alone
    decisions = Decision.objects.filter(condition, here, state=DecisionState.PROPOSED)
    waiting = [
        *(("gates", gate) for gate in gates.distinct().order_by("pk")),
        *(("change-requests", change) for change in changes.order_by("pk")),
        *(("exceptions", report) for report in exceptions.order_by("pk")),
        *(("decisions", decision) for decision in decisions.order_by("pk")),
    ]
    return [{"type": kind, "id": record.pk, "title": str(record)} for kind, record in waiting]


def _place(board: Board, programme: str, portfolio: str) -> Q:
    if board.programme_id is not None:
        return Q(**{programme: board.programme_id})
    return Q(**{portfolio: board.portfolio_id})
