"""Conditions of gates: extended by those who decided the gate."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from pmhub.access.separation_of_duties import check_apart
from pmhub.models import User
from pmhub.services import as_of, lock, refuse, refuse_state, save, still_to_come
from projects.models import ConditionState, GateCondition
from projects.models.gate.condition import LATER


@transaction.atomic
def extend_condition(
    condition: GateCondition, *, due_on: date, reason: str, by: User | None
) -> GateCondition:
    """Give a condition that is not met until a later day, whether it has lapsed or not, and keep
    the reason. Raises Withheld for a user who leads what the gate is of."""
    check_apart(by, condition, "due_on")
    if lock(condition).state != ConditionState.OPEN:
        refuse_state("state", LATER)
    still_to_come("due_on", due_on, as_of=as_of(condition))
    if due_on <= condition.due_on:
        refuse("due_on", LATER)
    condition.due_on, condition.extension_reason = due_on, reason
    return save(condition, "due_on", "extension_reason", by=by)
