"""What waits for a board: gates that it decides, changes, exceptions and decisions that are
proposed."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from programmes.models import Board, Decision, ExceptionReport, ExceptionState
from programmes.models.states import DecisionState
from projects.models import ChangeRequest, ChangeState, Gate, GateState


def agenda_of(board: Board) -> list[dict[str, Any]]:
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
    asked = at if board.programme_id is not None else at | Q(portfolio=board.portfolio_id)
    decisions = Decision.objects.filter(asked, state=DecisionState.PROPOSED)
    found = [
        *(("gates", gate) for gate in gates.distinct().order_by("pk")),
        *(("change-requests", change) for change in changes.order_by("pk")),
        *(("exceptions", report) for report in exceptions.order_by("pk")),
        *(("decisions", decision) for decision in decisions.order_by("pk")),
    ]
    return [{"type": kind, "id": each.pk, "title": str(each)} for kind, each in found]


def _place(board: Board, programme: str, portfolio: str) -> Q:
    if board.programme_id is not None:
        return Q(**{programme: board.programme_id})
    return Q(**{portfolio: board.portfolio_id})
