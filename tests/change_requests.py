"""Change requests, taken through approval and implementation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pmhub.models import User
from projects.models import ChangeRequest
from projects.services import approve_change, assess_change, implement_change
from tests import factories


def patch(resource: str, row: Any, **body: Any) -> dict[str, Any]:
    """Return a held write that changes a record in its present version."""
    return {
        "title": f"Change {row.pk}", "method": "PATCH", "path": f"{resource}/{row.pk}/",
        "body": {name: str(value) for name, value in body.items()}, "seen_version": row.version,
    }  # fmt: skip


def raised(place: Any, *writes: Mapping[str, Any], **fields: Any) -> ChangeRequest:
    """Return a new change request that holds these writes, raised by a member of the PMO."""
    home = {str(place._meta.model_name): place}
    made = {"title": "Other", "writes": list(writes), "created_by": office()} | fields
    code = f"C{ChangeRequest.objects.count() + 1}X"
    return ChangeRequest.objects.create(code=code, **home, **made)


def office() -> User:
    """Return a member of the PMO who decides none of the changes."""
    user = User.objects.filter(username="changing").first()
    if user is None:
        user = factories.user("changing")
        factories.role(user, "pmo")
    return user


def approved(change: ChangeRequest) -> ChangeRequest:
    """Return the change request, assessed and approved by its quorum."""
    assess_change(change, by=office())
    for person in change.approvers.order_by("pk")[: change.quorum]:
        if person.user is None:
            person.user = User.objects.create(username=f"decides{person.pk}")
            person.save(update_fields=["user"])
        approve_change(change, by=User.objects.get(person=person))
    return change


def implemented(change: ChangeRequest) -> ChangeRequest:
    """Return the change request, approved and implemented."""
    return implement_change(approved(change), by=office())
