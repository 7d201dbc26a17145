"""Who approves the budget of a programme, its contingency and its lines: those who stand above its
manager."""

from __future__ import annotations

import pgtrigger

from pmhub.access.posts import leading_by_role
from pmhub.access.setters import Setter
from pmhub.database.history import APPROVED, USER
from pmhub.database.triggers import refusal
from programmes.models.states import STEERERS

OWN = "Nobody sets the contingency of a programme that they manage."
FUNDERS = STEERERS.never("programme_manager")
FUNDERS_OF_LINES = Setter(
    "the SRO or the PMO, whom the manager of the programme asks by a request",
    right="steer",
    limited=("programme__programme_manager",),
)

DRAWN = "More contingency than that is drawn: have projects give some back first."


def holds_what_is_drawn() -> pgtrigger.Trigger:
    """Refuse to leave a programme less contingency than its projects have drawn."""
    drawn = "SELECT sum(amount) FROM projects_contingencymovement WHERE programme_id = NEW.id"
    now = "SELECT contingency_budget FROM programmes_programme WHERE id = NEW.id"
    return pgtrigger.Trigger(
        name="holds_what_is_drawn",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("contingency_budget"),
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition("NEW.contingency_budget < OLD.contingency_budget"),
        func=f"IF ({drawn}) > ({now}) THEN"
        f" {refusal('contingency_drawn', 'contingency_budget', DRAWN)} END IF; RETURN NULL;",
    )


def funded_by_another() -> pgtrigger.Trigger:
    """Refuse that who manages a programme gives it more contingency, by whichever path they come,
    unless others have approved it. In plain SQL nobody says who it is."""
    manages = (
        f"SELECT FROM pmhub_person who WHERE who.user_id = {USER} AND NOT {APPROVED}"
        " AND (who.id IN (OLD.programme_manager_id, NEW.programme_manager_id)"
        f" OR who.id IN ({leading_by_role('programme').format('NEW.id')}))"
    )
    return pgtrigger.Trigger(
        name="funded_by_another",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("contingency_budget"),
        condition=pgtrigger.Condition("NEW.contingency_budget > OLD.contingency_budget"),
        func=f"IF EXISTS ({manages}) THEN"
        f" {refusal('not_independent', 'contingency_budget', OWN)} END IF; RETURN NEW;",
    )
