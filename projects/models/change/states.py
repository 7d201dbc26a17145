"""The states of change requests, with the moves between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import can
from pmhub.access.setters import SUBMITTERS, Setter
from pmhub.access.voters import Voters
from pmhub.lifecycle import Lifecycle, anybody, move
from programmes.models.closure_triggers import UNMADE_CHANGES


@dataclass(frozen=True, slots=True)
class Raiser(Setter):
    """The person who raised a change, and people above."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user raised it, or may set its limits."""
        return row.created_by_id == getattr(user, "pk", None) or can(user, "limit", row)


RAISER = Raiser("who raised it, the programme manager or the PMO")
APPROVERS = Voters(
    "who decides it by the delegated limits, or their deputy, and did not raise it", apart=True
)


class ChangeState(models.TextChoices):
    """Where a change request is."""

    RAISED = "raised", _("Raised")
    IMPACT_ASSESSED = "impact_assessed", _("Impact assessed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    DEFERRED = "deferred", _("Deferred")
    IMPLEMENTED = "implemented", _("Implemented")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ChangeChoice(models.TextChoices):
    """What one of those who decide is for."""

    APPROVE = "approve", _("Approve")
    DEFER = "defer", _("Defer")
    REJECT = "reject", _("Reject")


S = ChangeState
DECIDED = (S.APPROVED, S.REJECTED, S.DEFERRED)
WHO = " Where a board decides, it is decided with the vote that makes its quorum."
CHANGE = Lifecycle(
    "state",
    initial=anybody(S.RAISED),
    moves=(
        move("assessment", "Assess its impact", "assessed", S.IMPACT_ASSESSED,
             [S.RAISED, S.DEFERRED, S.APPROVED], by=SUBMITTERS,
             clears=("decided_on", "decided_by", "decision"),
             says="What it would write is tried and undone. By what that comes to, the delegated"
             " limits say who decides. One that was approved is decided anew."),
        move("approval", "Approve it", "approved", S.APPROVED, [S.IMPACT_ASSESSED], by=APPROVERS,
             says=f"Its writes and its impact stay as they are from here on.{WHO}"),
        move("rejection", "Reject it", "rejected", S.REJECTED, [S.IMPACT_ASSESSED], by=APPROVERS,
             reason=True, says=f"Nothing of it is written.{WHO}"),
        move("deferral", "Defer it", "deferred", S.DEFERRED, [S.IMPACT_ASSESSED], by=APPROVERS,
             reason=True, says=f"It is decided later, once it is assessed again.{WHO}"),
        move("revision", "Take it back to change it", "raised again", S.RAISED,
             [S.IMPACT_ASSESSED, S.DEFERRED], clears=("decided_on", "decided_by", "decision"),
             by=SUBMITTERS,
             says="What it asks for can be changed; then it is assessed and decided anew."),
        move("withdrawal", "Withdraw it", "withdrawn", S.WITHDRAWN, [S.RAISED], reason=True,
             by=RAISER,
             says="It is asked for no more: nothing of it is decided or written, and it stays to be"
             " read."),
        move("implementation", "Implement it", "implemented", S.IMPLEMENTED, [S.APPROVED],
             by=SUBMITTERS,
             says="All that it holds is written at once, by the right of who approved it; nothing"
             " of it where a record that it reads has moved since it was assessed."),
        move("closure", "Close it", "closed", S.CLOSED, [S.IMPLEMENTED],
             says="What was to follow from it is done."),
    ),
    follows={S.WITHDRAWN: UNMADE_CHANGES},  # when its project or programme ends first
)  # fmt: skip
