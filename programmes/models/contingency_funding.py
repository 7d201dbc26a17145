"""Who sets the contingency of a programme: people above its manager, who approve its budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pgtrigger

from pmhub.access import can
from pmhub.access.setters import Setter, is_theirs
from pmhub.database.history import USER
from pmhub.database.triggers import refusal

OWN = "Nobody sets the contingency of a programme that they manage."


@dataclass(frozen=True, slots=True)
class AboveManager(Setter):
    """People above the manager of a programme."""

    def allows(self, user: Any, row: Any) -> bool:
        """Return whether the user steers the programme and does not manage it."""
        return can(user, "steer", row) and not is_theirs(user, row, "programme_manager")


FUNDERS = AboveManager("the sponsor, the SRO or the PMO, never by its own manager", right="steer")


def funded_by_another() -> pgtrigger.Trigger:
    """Refuse that the manager of a programme raises its contingency, whichever path the write comes
    by. It cannot be checked for plain SQL, where no user is known."""
    manages = (
        f"SELECT FROM pmhub_person who WHERE who.user_id = {USER}"  # our own names
        " AND who.id IN (OLD.programme_manager_id, NEW.programme_manager_id)"
    )
    return pgtrigger.Trigger(
        name="funded_by_another",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("contingency_budget"),
        condition=pgtrigger.Condition("NEW.contingency_budget > OLD.contingency_budget"),
        func=f"IF EXISTS ({manages}) THEN"
        f" {refusal('not_independent', 'contingency_budget', OWN)} END IF; RETURN NEW;",
    )
