"""Who may give a role or a post, and when nobody gives it to themself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from pmhub import permissions
from pmhub.access import Withheld, roles_on
from pmhub.access.grants import alone, another_gives_roles, lasting

OUTLASTS = "Nobody gives themselves a role or a post for longer than they may give it."


def allow_giving(
    user: Any,
    row: Any,
    role: str,
    *,
    to: Collection[int] = (),
    field: str,
    longer: bool = False,
    until: date = date.max,
) -> None:
    """Raise Withheld at `field` unless the user may decide who holds a role on the row, both for
    giving it to people (ids) and for taking it away. `until` is the last day of the role, where it
    has one. Nobody gives themselves a role with rights that they lack, or lack before that day,
    a member of the PMO none at all while another can give it, nor one that they have for `longer`,
    and a deputy gives no role."""
    held = roles_on(alone(user), row)
    if not permissions.may_give(held, role):
        name = role.replace("_", " ")
        raise Withheld(field, f"Your roles here do not let you say who is {name}.")
    own = getattr(getattr(user, "person", None), "pk", None)
    if own not in to:
        return
    if permissions.gains(held, role):
        raise Withheld(field, "Nobody gives themselves rights that they do not hold.")
    if permissions.gains(roles_on(lasting(user, until), row), role):
        raise Withheld(field, OUTLASTS)
    more = permissions.adds(frozenset() if longer else held, role)
    if permissions.Role.PMO in held and more and another_gives_roles(user):
        raise Withheld(field, "Another of the PMO says which roles you hold.")
