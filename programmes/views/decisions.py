"""What stands first on the page of a decision: whether it holds, and who is to know of it."""

from __future__ import annotations

from typing import Any

from pmhub.database.collation import InOrder
from programmes.models import Acknowledgement, Decision
from programmes.models.states import AcknowledgementState, DecisionState


def decision_standing(decision: Decision, request: Any) -> dict[str, Any] | None:
    """Return the decision that superseded this one, what the reader is to acknowledge and who has
    not done so; None where there is none of these."""
    successor = Decision.objects.visible_to(request.user).filter(
        supersedes=decision, state__in=[DecisionState.MADE, DecisionState.SUPERSEDED]
    )
    acknowledgements = list(
        Acknowledgement.objects.visible_to(request.user)
        .filter(decision=decision)
        .select_related("person")
        .order_by(InOrder("person__name"), "pk")
    )
    reader = getattr(request.user, "person", None)
    silent = [row for row in acknowledgements if row.state == AcknowledgementState.ASKED]
    standing = {
        "by": successor.first(),
        "own": next((row for row in silent if row.person == reader), None),
        "silent": silent,
        "asked": len(acknowledgements),
        "since": max((row.asked_again_on or row.asked_on for row in silent), default=None),
    }
    return standing if standing["by"] or acknowledgements else None
