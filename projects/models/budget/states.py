"""The states of budget requests and transfers, each with the moves between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.access import can, roles_on
from pmhub.access.setters import SUBMITTERS, Setter
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.permissions import Role
from programmes.delegated_limits import levels_of, reaches_level


@dataclass(frozen=True, slots=True)
class Deciders(Setter):
    """People who decide about more budget: above those who lead what asks for it."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether a role of the user is at the lowest level that decides, or above."""
        return reaches_level(levels_of(roles_on(user, row)), row.lowest_level)


@dataclass(frozen=True, slots=True)
class BudgetMovers(Setter):
    """People who move approved budget from one line to another."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user may set the budget of both lines or, where money changes between
        capital and revenue, holds the finance role for both."""
        ends = (row.from_line, row.to_line)
        if row.changes_treatment:
            return all(Role.FINANCE in roles_on(user, end) for end in ends)
        return all(can(user, "limit", end) for end in ends)


DECIDERS = Deciders("whoever stands above: the executive, the programme manager, the SRO, the"
                    " sponsor or the PMO, each up to their limit", apart=True)  # fmt: skip
MOVERS = BudgetMovers(
    "whoever sets both budgets; finance where capital becomes revenue, or the other way", apart=True
)


class BudgetRequestState(models.TextChoices):
    """How far a request for budget has come."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    PARTLY = "partly", _("Approved in part")
    REFUSED = "refused", _("Refused")


R = BudgetRequestState
GRANTED = (R.APPROVED, R.PARTLY)
DECIDED = (*GRANTED, R.REFUSED)
BUDGET_REQUEST = Lifecycle(
    "state",
    initial=anybody(R.DRAFT),
    moves=(
        move("submission", "Submit it", "submitted", R.SUBMITTED, [R.DRAFT], by=SUBMITTERS,
             says="From here on what is asked for stays, until it is decided or returned."),
        move("return", "Return it", "returned", R.DRAFT, [R.SUBMITTED], reason=True,
             by=SUBMITTERS, says="It is a draft again, to be changed or given up."),
        move("approval", "Approve it", "approved", R.APPROVED, [R.SUBMITTED], by=DECIDERS,
             says="All of it, or a part. A budget line of that amount is written at once. Above"
             " your limit, or an envelope, name the decision that allows it. Nobody approves their"
             " own."),
        move("refusal", "Refuse it", "refused", R.REFUSED, [R.SUBMITTED], reason=True,
             by=DECIDERS),
    ),
    follows={R.PARTLY: (R.SUBMITTED,)},  # when less than was asked for is approved
)  # fmt: skip


class BudgetTransferState(models.TextChoices):
    """How far a transfer has come."""

    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


T = BudgetTransferState
BUDGET_TRANSFER = Lifecycle(
    "state",
    initial=anybody(T.PROPOSED),
    moves=(
        move("approval", "Approve it", "approved", T.APPROVED, [T.PROPOSED], by=MOVERS,
             says="The amount moves from one line to the other at once; together they stay what"
             " they were. Nobody approves their own."),
        move("refusal", "Refuse it", "refused", T.REFUSED, [T.PROPOSED], reason=True, by=MOVERS),
        move("withdrawal", "Take it back", "taken back", T.WITHDRAWN, [T.PROPOSED],
             says="Both lines stay as they are. It falls away as well where the project that it is"
             " for ends."),
    ),
)  # fmt: skip
