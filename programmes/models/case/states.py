"""The states of business cases, with the moves between them."""

from dataclasses import replace

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.lifecycle import Lifecycle, anybody, move
from programmes.models.states import STEERERS


class CaseState(models.TextChoices):
    """Where a business case stands."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    SUPERSEDED = "superseded", _("Superseded")


APPROVERS = replace(STEERERS, apart=True)
C = CaseState
CASE = Lifecycle(
    "state",
    initial=anybody(C.DRAFT),
    moves=(
        move("submission", "Submit it for approval", "submitted", C.SUBMITTED, [C.DRAFT],
             says="From here on it stays as it is, with its options, their flows and what they come"
             " to. It has at least two options, one of which does nothing or the minimum, and"
             " prefers one of them; the reason says why, where another has more value or a higher"
             " ratio."),
        move("approval", "Approve it", "approved", C.APPROVED, [C.SUBMITTED], by=APPROVERS,
             may_ask=("approved_on",),
             says="What things come to from now on is compared with it, in the place of the one"
             " of its kind before. It leaves a decision. Nobody approves what they wrote or lead."),
        move("rejection", "Reject it", "rejected", C.REJECTED, [C.SUBMITTED], by=APPROVERS,
             reason=True, says="It stays on record; another version follows."),
    ),
    follows={C.SUPERSEDED: (C.APPROVED,)},  # with the approval of the next of its kind
)  # fmt: skip

# What everybody knows who sees the programme; the others are drafts.
KNOWN = (CaseState.APPROVED, CaseState.SUPERSEDED)
