"""Who sees a record: for those who mention people, or look for what they did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from pmhub.database.collation import found
from pmhub.models import Delegation, Person, RoleAssignment

PLACES = RoleAssignment.visible_through
LOOKED_IN = ("name", "code")


def around(record: Any) -> QuerySet[Person]:
    """Return the people who sign in and hold a role or a post on a record, above it or, of the
    frame, inside it: whoever sees it is among them. Of a draft not all of them see it."""
    places = Q(**dict.fromkeys(PLACES))
    lent, parts = Q(pk__in=[]), Q(user__is_superuser=True)
    for row in _upwards(record):
        if row.grant_kind in PLACES:
            places |= Q(**{row.grant_kind: row.pk})
            lent |= Q(**{row.grant_kind: row.pk})
        for post in (*row.posts.values(), *row.seen_by):
            parts |= Q(pk__in=type(row)._base_manager.filter(pk=row.pk).values(post))
    today = timezone.localdate()
    parts |= Q(pk__in=RoleAssignment.objects.current(today).filter(places).values("person"))
    parts |= Q(pk__in=Delegation.objects.current(today).filter(lent).values("deputy"))
    if record.visible_below:
        parts |= Q(pk__in=Person.objects.with_a_part_in(record))
    return Person.objects.who_sign_in().filter(parts)


def _upwards(row: Any) -> Iterator[Any]:
    """The record, and all that it is in."""
    yield row
    for name in row.visible_through:
        if (above := getattr(row, name)) is not None:
            yield from _upwards(above)


def sees(person: Person, record: Any) -> bool:
    """Return whether somebody sees a record, who signs in."""
    user = person.user
    rows = type(record)._default_manager.visible_to(user) if user and user.is_active else None
    return rows is not None and rows.filter(pk=record.pk).exists()


def who_see(record: Any, text: str, most: int) -> list[Person]:
    """Return the first people, by name, who see a record and whose name or code has these words:
    at most two queries for each of them."""
    rows = found(around(record), text, LOOKED_IN).select_related("user")
    return [person for person in rows[:most] if sees(person, record)]
