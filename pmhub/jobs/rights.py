"""What an owner could see when a job ran: its file is handed out only while they have lost none of
that."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pmhub.access.grants import grants_of, roots
from pmhub.database.past import as_at

Scope = dict[str, Any]
Place = tuple[str, int]  # a kind of object, and an id


def scope_of(user: Any) -> Scope:
    """Return the roles of a user, and by model the ids of the rows that they see of the models on
    which roles are held; None in place of these for a user who sees everything."""
    grants = grants_of(user)
    roles = [[kind, pk, role] for (kind, pk), held in grants.roles.items() for role in held]
    if user.is_staff:
        roles.append(["staff", 0, ""])
    return {"roles": sorted(roles), "rows": None if grants.everywhere else _rows(user)}


@as_at(None)
def _rows(user: Any) -> dict[str, list[int]]:
    return {
        model._meta.label_lower: sorted(
            model._default_manager.visible_to(user).order_by().values_list("pk", flat=True)
        )
        for model in roots()
    }


def union(one: Scope, other: Scope) -> Scope:
    """Return a scope with the rows of both, for the same user before and after a job."""
    if one["rows"] is None or other["rows"] is None:
        return {"roles": one["roles"], "rows": None}
    rows = {model: sorted({*ids, *other["rows"][model]}) for model, ids in one["rows"].items()}
    return {"roles": one["roles"], "rows": rows}


def is_lost(then: Scope, user: Any) -> bool:
    """Return whether the user has lost a role since, or may no longer see one of the rows."""
    now = scope_of(user)
    if not then or not _pairs(then["roles"]) <= _pairs(now["roles"]):
        return True
    if now["rows"] is None:
        return False
    seen = then["rows"]
    return seen is None or any(
        not {*ids} <= {*now["rows"].get(model, ())} for model, ids in seen.items()
    )


def lost_role(then: Scope, user: Any, own: Collection[Place]) -> bool:
    """Return whether the user has lost a role since, except on the objects in `own`, pairs of kind
    and id, whose roles the job itself may have taken."""
    lost = _pairs(then["roles"]) - _pairs(scope_of(user)["roles"])
    return any((kind, pk) not in own for kind, pk, _ in lost)


def _pairs(roles: list[Any]) -> set[tuple[Any, ...]]:
    return {tuple(role) for role in roles}
