"""The verbs of estimates: what a new one begins with, and stating the outcome."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from pmhub.models import User
from pmhub.services import as_of, lock, not_in_the_future, refuse_state, save
from projects.models import Estimate
from projects.models.estimate import SAID


@transaction.atomic
def state_outcome(
    estimate: Estimate, *, actual: Decimal, actual_on: date | None = None, by: User | None
) -> Estimate:
    """Record the outcome of an estimate, where no other record gives it; by default on the status
    date."""
    if lock(estimate).actual is not None:
        refuse_state("actual", SAID)
    day = actual_on or as_of(estimate)
    not_in_the_future("actual_on", day, as_of=as_of(estimate))
    estimate.actual, estimate.actual_on = actual, day
    estimate.full_clean(exclude=["created_by", "updated_by"])
    return save(estimate, "actual", "actual_on", by=by)
