"""The states of business cases, with the moves between them."""

from dataclasses import replace

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access.setters import SUBMITTERS
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
             by=SUBMITTERS,
             says="From here on it stays as it is, with its options, their flows and what they come"
             " to. All five cases are written; at least two options are compared, one of which does"
             " nothing or the minimum, and one is preferred. Where another has more value or a"
             " higher ratio, and the case does not say why, the reason here does.",
             undo=("withdrawal",)),
        move("withdrawal", "Take it back", "taken back", C.DRAFT, [C.SUBMITTED],
             by=SUBMITTERS,
             clears=("discount_schedule", "discount_rate", "npsv", "benefits_present_value",
                     "costs_present_value"),
             says="It is a draft again, to be changed and submitted anew."),
        move("approval", "Approve it", "approved", C.APPROVED, [C.SUBMITTED], by=APPROVERS,
             says="It takes the place of the one of its kind before. What things come to is"
             " compared with the approved case of the furthest stage from now on. It leaves a"
             " decision. Nobody approves what they wrote or lead."),
        move("rejection", "Reject it", "rejected", C.REJECTED, [C.SUBMITTED], by=APPROVERS,
             reason=True, says="It stays on record with the reason; another version, which may"
             " begin as a copy of it, follows."),
    ),
    follows={C.SUPERSEDED: (C.APPROVED,)},  # with the approval of the next of its kind
)  # fmt: skip

# What everybody knows who sees the programme; the others are drafts.
KNOWN = (CaseState.APPROVED, CaseState.SUPERSEDED)
