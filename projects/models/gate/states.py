"""The states of gates, their criteria and conditions, each with the moves between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import can, roles_on
from pmhub.access.setters import SUBMITTERS, Setter, is_limited
from pmhub.access.voters import Approvers, Voters, voice_of
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.permissions import Role
from projects.models.gate.able_deciders import can_judge, deciders


@dataclass(frozen=True, slots=True)
class Assessors(Setter):
    """People who may judge a criterion to be met."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user may: a member of the PMO where the PMO confirms criteria, else
        anybody who may write the criterion."""
        if row.gate.pmo_confirms:
            return Role.PMO in roles_on(user, row)
        return can(user, "write", row)


@dataclass(frozen=True, slots=True)
class Office(Setter):
    """Members of the PMO."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user holds the role of the PMO for the row."""
        return Role.PMO in roles_on(user, row)


OFFICE = Office("the PMO", apart=True)
APPROVERS = Approvers("an approver of the gate, or their deputy", apart=True)
VOTERS = Voters(APPROVERS.words, apart=True)


@dataclass(frozen=True, slots=True)
class Judges(Approvers):
    """The approvers of a gate, or their deputies. Once none of the approvers can decide any more,
    the PMO acts for them, so that no condition stays for good."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user decided the gate, or is of the PMO and none who did can act."""
        if super(Judges, self).allows(user, row):
            return True
        office = Role.PMO in roles_on(user, row)
        return office and not can_judge(row.decided_at)

    def acted_for(self, user: Any, row: Any) -> str:
        """Return the person in whose place the user acts; of the PMO, all who decided the gate."""
        if voice_of(user, row.decided_at) is not None:
            return super(Judges, self).acted_for(user, row)
        return " and ".join(f"person {person.pk}" for person in deciders(row.decided_at))


JUDGES = Judges(
    "an approver of the gate, or their deputy; the PMO, once none of the approvers can", apart=True
)
ASSESSORS = Assessors("whoever may write it; where the PMO confirms criteria, the PMO")


@dataclass(frozen=True, slots=True)
class AboveGate(Setter):
    """People above those who lead what a gate decides about: no manager makes their own gate
    wider."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user may, by what the gate decides about."""
        if not self.speaks_of(row):
            return can(user, "write", row)
        right = "limit" if row.gate.project_id else "steer"
        return can(user, right, row) and not is_limited(user, row, *row.parties)


ABOVE = AboveGate("whoever stands above those who lead what the gate is of")


class GateState(models.TextChoices):
    """Where a gate is."""

    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Open")
    DECIDED = "decided", _("Decided")
    CANCELLED = "cancelled", _("Cancelled")


G = GateState
GATE = Lifecycle(
    "state",
    initial=anybody(G.PLANNED),
    moves=(
        move("opening", "Open the gate", "opened", G.OPEN, [G.PLANNED], by=SUBMITTERS,
             says="From here on its criteria stay, and who decides is who decides now: of a project"
             " by how closely it is watched and the kind of PMO, else the board."),
        move("cancellation", "Cancel it", "cancelled", G.CANCELLED, [G.PLANNED, G.OPEN],
             reason=True, by=SUBMITTERS),
    ),
    follows={G.DECIDED: (G.OPEN,)},  # with the vote that completes the quorum
)  # fmt: skip


class CriterionState(models.TextChoices):
    """Whether a gate may count on it."""

    NOT_ASSESSED = "not_assessed", _("Not assessed")
    MET = "met", _("Met")
    NOT_MET = "not_met", _("Not met")
    WAIVED = "waived", _("Waived")


C = CriterionState
CRITERION = Lifecycle(
    "state",
    initial=anybody(C.NOT_ASSESSED),
    moves=(
        move("fulfilment", "Record that it is met", "met", C.MET, [C.NOT_ASSESSED, C.NOT_MET],
             asks=("evidence",), by=ASSESSORS),
        move("shortfall", "Record that it is not met", "not met", C.NOT_MET,
             [C.NOT_ASSESSED, C.MET], reason=True, by=ASSESSORS),
        move("waiver", "Waive it", "waived", C.WAIVED, [C.NOT_ASSESSED, C.NOT_MET],
             asks=("waiver_reason",), by=APPROVERS,
             says="The gate may be passed without it. The project manager waives nothing."),
    ),
)  # fmt: skip


class ConditionState(models.TextChoices):
    """Whether what a gate asked for is done; past its day and open, it has lapsed."""

    OPEN = "open", _("Open")
    MET = "met", _("Met")
    WAIVED = "waived", _("Waived")


CONDITION = Lifecycle(
    "state",
    initial={},
    moves=(
        move("fulfilment", "Record that it is met", "met", ConditionState.MET,
             [ConditionState.OPEN], asks=("met_on",), may_ask=("evidence",), by=JUDGES),
        move("waiver", "Waive it", "waived", ConditionState.WAIVED, [ConditionState.OPEN],
             asks=("waiver_reason",), by=JUDGES,
             says="What the gate let go on goes on without it. Nobody waives what they lead."),
    ),
)  # fmt: skip
