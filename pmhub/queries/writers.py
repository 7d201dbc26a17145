"""Whom to ask for a change of a record: people who may write it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils import timezone

from pmhub.models import Person, RoleAssignment, RoleChoice
from pmhub.permissions import Role, writers_of
from pmhub.queries.readers import upwards

MOST = 4  # people who are named
PLACES = RoleAssignment.visible_through

Held = Iterator[tuple[int | None, str]]  # the id of a person, the role that they hold


def writers_near(row: Any, user: Any) -> list[tuple[str, str]]:
    """Return the name and the role of people other than the user who sign in and may write a
    record: those with a post on it or above it, the nearest first, then those with a role there,
    the PMO last. Nobody is named to who may not see the directory. Of a new record only its parents
    need to be set."""
    roles = [str(role) for role in writers_of(row.noun)]
    above = [*upwards(row, user)]
    held: dict[int | None, str] = {}
    for person, role in (*_by_posts(above, roles), *_by_roles(above, roles)):
        held.setdefault(person, role)
    people = Person.objects.visible_to(user).who_sign_in().filter(pk__in=[*filter(None, held)])
    names = dict(people.exclude(user=user.pk).values_list("pk", "name"))
    told = [(person, role) for person, role in held.items() if person in names]
    told.sort(key=lambda each: each[1] == Role.PMO)
    return [(names[person], str(RoleChoice(role).label)) for person, role in told[:MOST] if person]


def _by_posts(rows: list[Any], roles: list[str]) -> Held:
    for row in rows:
        stored = type(row)._base_manager.filter(pk=row.pk)
        for role, path in row.posts.items():
            if role in roles:
                yield from ((person, role) for person in stored.values_list(path, flat=True))


def _by_roles(rows: list[Any], roles: list[str]) -> Held:
    where = Q(**{f"{place}__isnull": True for place in PLACES})
    for row in rows:
        if row.grant_kind in PLACES:
            where |= Q(**{str(row.grant_kind): row.pk})
    assigned = RoleAssignment.objects.current(timezone.localdate()).filter(where, role__in=roles)
    yield from assigned.order_by("pk").values_list("person", "role")
