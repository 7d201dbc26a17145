"""The states of benefits and measurements, each with the moves between them.

A new move is a line here and a migration; REST, pages and admin follow. Whether a benefit in a
state counts in figures is said in `programmes/rollup/reading/benefits.py`.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import can, roles_on
from pmhub.access.setters import LIMITS, Setter
from pmhub.lifecycle import Lifecycle, anybody, by_word_of, move
from pmhub.permissions import READERS
from programmes.models.closure_triggers import CONCLUDED_BENEFITS


@dataclass(frozen=True, slots=True)
class RoleHolders(Setter):
    """People who hold a role that reaches the benefit, beyond reading, and may not write it."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user holds such a role and may not write the benefit."""
        return bool(roles_on(user, row) - READERS) and not can(user, "write", row)


INVOLVED = RoleHolders("whoever answers for the benefit and may not write it")


class BenefitStatus(models.TextChoices):
    """The life of a benefit, which does not end with the projects that enabled it."""

    IDENTIFIED = "identified", _("Identified")
    PROFILED = "profiled", _("Profiled")
    APPROVED = "approved", _("Approved")
    REALISING = "realising", _("Realising")
    REALISED = "realised", _("Realised")
    SUSTAINED = "sustained", _("Sustained")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    MISSED = "missed", _("Missed")
    SUPERSEDED = "superseded", _("Superseded")


B = BenefitStatus
# Who owns a benefit answers for its target, and so does not approve it.
APPROVERS = LIMITS.never("owner")
CONCLUDED = tuple(map(B, CONCLUDED_BENEFITS))  # nobody waits for these any more
GIVEN_UP = (B.WITHDRAWN, B.SUPERSEDED)
HELD_TO = (B.APPROVED, B.REALISING, B.REALISED, B.SUSTAINED)  # what was approved is what it is for
GIVING_UP = APPROVERS.where("status", *HELD_TO)  # of what was approved
BENEFIT = Lifecycle(
    "status",
    initial=anybody(B.IDENTIFIED, B.PROFILED) | by_word_of(APPROVERS, B.APPROVED, B.REALISING),
    moves=(
        move("profiling", "Record that it is profiled", "profiled", B.PROFILED, [B.IDENTIFIED],
             says="It says what is measured, from what to what, by when and whose it is."),
        move("approval", "Approve it", "approved", B.APPROVED, [B.PROFILED], by=APPROVERS,
             says="What is planned for it is entered, as baseline or approved version."),
        move("start", "Record that it is being realised", "realising", B.REALISING, [B.APPROVED],
             may_ask=("start_realising_on",)),
        move("achievement", "Record that it is realised", "realised", B.REALISED, [B.REALISING]),
        move("sustainment", "Record that it is sustained", "sustained", B.SUSTAINED,
             [B.REALISED], may_ask=("sustain_until",)),
        move("miss", "Record that it was missed", "missed", B.MISSED, [B.APPROVED, B.REALISING],
             reason=True),
        move(
            "withdrawal", "Withdraw it", "withdrawn", B.WITHDRAWN,
            [B.IDENTIFIED, B.PROFILED, B.APPROVED, B.REALISING, B.REALISED, B.SUSTAINED],
            reason=True, by=GIVING_UP,
            says="Once it is approved, who owns it does not withdraw it, and it leaves a decision.",
        ),
        move("supersession", "Record that another takes its place", "superseded", B.SUPERSEDED,
             [B.IDENTIFIED, B.PROFILED, B.APPROVED, B.REALISING], reason=True, by=GIVING_UP,
             says="Once it is approved, who owns it does not say so, and it leaves a decision."),
    ),
)  # fmt: skip


class VersionState(models.TextChoices):
    """Whether a version of a profile is in force. A forecast is, once it is written down."""

    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    SUPERSEDED = "superseded", _("Superseded")


@dataclass(frozen=True, slots=True)
class Owner(Setter):
    """The owner of the benefit to which a record belongs, and nobody else."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user owns the benefit of the record."""
        person = getattr(user, "person", None)
        return person is not None and person.pk == row.benefit.owner_id


OWNER = Owner("the owner of the benefit")
FINANCE = Setter("finance or the PMO", right="validate", apart=True)
V = VersionState
PROFILE_VERSION = Lifecycle(
    "state",
    initial=anybody(V.DRAFT),
    moves=(
        move("proposal", "Propose it", "proposed", V.PROPOSED, [V.DRAFT],
             says="What is planned stays as it is until somebody else has approved it."),
        move("approval", "Approve it", "approved", V.APPROVED, [V.PROPOSED],
             by=replace(LIMITS, apart=True),
             says="From here on it counts, in the place of the version before, and is frozen; a"
             " benefit that is profiled is approved with it. Nobody approves what they have"
             " written, proposed or own."),
        move("return", "Send it back", "sent back", V.DRAFT, [V.PROPOSED], reason=True, by=LIMITS,
             clears=("proposed_by", "finance_validated_by", "finance_validated_on"),
             says="It becomes a draft again, to be corrected."),
    ),
    follows={V.SUPERSEDED: (V.APPROVED,)},  # when the next version of its kind is approved
)  # fmt: skip


class MeasurementStatus(models.TextChoices):
    """Only a verified measurement counts."""

    SUBMITTED = "submitted", _("Submitted")
    VERIFIED = "verified", _("Verified")
    REJECTED = "rejected", _("Rejected")
    SUPERSEDED = "superseded", _("Superseded")


M = MeasurementStatus
VERIFIERS = Setter("who may verify", right="verify", apart=True)
MEASUREMENT = Lifecycle(
    "status",
    initial=anybody(M.SUBMITTED),
    moves=(
        move("verification", "Verify it", "verified", M.VERIFIED, [M.SUBMITTED], by=VERIFIERS,
             says="From here on it counts. Nobody verifies their own, nor what their own project"
             " brings."),
        move("rejection", "Reject it", "rejected", M.REJECTED, [M.SUBMITTED], reason=True,
             by=VERIFIERS, says="It stays on record and never counts."),
    ),
    follows={M.SUPERSEDED: (M.VERIFIED,)},  # when another one of its period is verified
)  # fmt: skip


class HandOverState(models.TextChoices):
    """Whether somebody answers for what a project brings once it has ended."""

    ASKED = "asked", _("Asked")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Taken back")


H = HandOverState
COMING_OWNER = Setter("the person who is asked", right="", own="owner")
HAND_OVER = Lifecycle(
    "state",
    initial=anybody(H.ASKED),
    moves=(
        move("acceptance", "Accept it", "accepted", H.ACCEPTED, [H.ASKED], by=COMING_OWNER,
             says="You answer for it once the project has ended, and have it measured as it says."
             " What the benefit does not say of that yet, it says from now on."),
        move("refusal", "Decline it", "declined", H.DECLINED, [H.ASKED], reason=True,
             by=COMING_OWNER, says="Somebody else is asked; the project does not close before."),
        move("withdrawal", "Take it back", "taken back", H.WITHDRAWN, [H.ASKED, H.ACCEPTED],
             reason=True, says="Somebody else may be asked, or other terms agreed."),
    ),
)  # fmt: skip


class OverlapState(models.TextChoices):
    """Whether it is agreed what becomes of two benefits that may count one gain twice."""

    OPEN = "open", _("Open")
    RESOLVED = "resolved", _("Resolved")


OVERLAP = Lifecycle(
    "state",
    initial={},  # the product opens them
    moves=(
        move("resolution", "Resolve it", "resolved", OverlapState.RESOLVED, [OverlapState.OPEN],
             by=replace(LIMITS, apart=True), asks=("resolution",), may_ask=("overlap_amount",),
             reason=True,
             says="Say whether the two claim the same, and what is done about it. What is agreed"
             " that both claim is subtracted once. Who owns one of the two does not resolve it."),
    ),
)  # fmt: skip


class AnchorState(models.TextChoices):
    """Whether a forecast stands by the day that it hangs on."""

    IN_STEP = "in_step", _("In step")
    PROPOSED = "proposed", _("To be moved")
    ACCEPTED = "accepted", _("Moved")
    REFUSED = "refused", _("Stays")


A = AnchorState
OF_BENEFIT = Setter("the owner of the benefit", right="", own="owner")
ANCHOR = Lifecycle(
    "state",
    initial=anybody(A.IN_STEP),
    moves=(
        move("acceptance", "Move the forecast", "moved", A.ACCEPTED, [A.PROPOSED], by=OF_BENEFIT,
             says="What is still to come moves by as many days as what it hangs on: a new version"
             " of the forecast, in force at once."),
        move("refusal", "Leave the forecast", "left as it is", A.REFUSED, [A.PROPOSED],
             reason=True, by=OF_BENEFIT,
             says="The forecast stays as it is, until what it hangs on moves again."),
    ),
    # When the day of the milestone or output moves, and when it moves back.
    follows={A.PROPOSED: (A.IN_STEP, A.ACCEPTED, A.REFUSED), A.IN_STEP: (A.PROPOSED,)},
)  # fmt: skip
