"""Who may give a role or a post, and when nobody gives it to themself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from pmhub import permissions
from pmhub.access import Withheld, holders, roles_on
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


def check_posts(user: Any, before: Any, after: Any, many: Mapping[str, Collection[Any]]) -> bool:
    """Raise Withheld unless the user may give the roles of the posts that a row changes, and take
    them from the former holders; return whether any changes. `many` are the new lists; `before` is
    None for a new row."""
    changes = False
    for role, name in after.posts.items():
        if after._meta.get_field(name).many_to_many and name not in many:
            continue
        held = set() if before is None else holders(before, name)
        named = {row.pk for row in many[name]} if name in many else holders(after, name)
        if held - named:
            allow_giving(user, before, role, field=name)
        if named - held:
            allow_giving(user, after, role, to=named - held, field=name)
        changes = changes or named != held
    return changes
