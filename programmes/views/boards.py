"""Who of a board can decide, for its page."""

from __future__ import annotations

from typing import Any

from pmhub.database.collation import InOrder
from programmes.models import Board
from projects.queries.unavailable_deciders import unavailable_deciders


def members(board: Board, request: Any) -> dict[str, Any] | None:
    """Return the members of a board who cannot decide, and how many remain compared with the
    quorum; None where all can."""
    people = list(board.members.order_by(InOrder("name"), "pk"))
    cannot = unavailable_deciders(people, board, request.user)
    if not cannot or board.archived_at is not None:
        return None
    left = len(people) - len(cannot)
    return {"unable": cannot, "left": left, "quorum": board.quorum, "few": left < board.quorum}
