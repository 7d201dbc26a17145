"""The answers to requests for a resource."""

from datetime import date

from django.db import transaction

from pmhub.models import User
from pmhub.services import as_of, check_move, lock, save, still_to_come
from projects.models import Allocation


@transaction.atomic
def decline_allocation(
    allocation: Allocation,
    *,
    reason: str,
    offered_starts_on: date | None = None,
    offered_ends_on: date | None = None,
    by: User | None,
) -> Allocation:
    """Decline a request for a resource, with the reason and, if there are any, other days to
    offer."""
    allocation.firmness = check_move(lock(allocation), "refusal")
    still_to_come("offered_ends_on", offered_ends_on, as_of=as_of(allocation))
    allocation.declined_reason = reason
    allocation.offered_starts_on = offered_starts_on
    allocation.offered_ends_on = offered_ends_on
    fields = "firmness declined_reason offered_starts_on offered_ends_on"
    allocation.full_clean()
    return save(allocation, *fields.split(), by=by)


@transaction.atomic
def renew_allocation(
    allocation: Allocation,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
    by: User | None,
) -> Allocation:
    """Ask again for a declined booking: for these days, else for those that were offered."""
    allocation.firmness = check_move(lock(allocation), "renewal")
    allocation.starts_on = starts_on or allocation.offered_starts_on or allocation.starts_on
    allocation.ends_on = ends_on or allocation.offered_ends_on or allocation.ends_on
    allocation.declined_reason = ""
    allocation.offered_starts_on = allocation.offered_ends_on = None
    allocation.full_clean()
    fields = "firmness starts_on ends_on declined_reason offered_starts_on offered_ends_on"
    return save(allocation, *fields.split(), by=by)
