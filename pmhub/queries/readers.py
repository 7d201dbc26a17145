"""Who sees a record: for those who mention people, or look for what they did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from pmhub.access.restricted_fields import withheld
from pmhub.database.collation import found
from pmhub.models import Delegation, Person, RoleAssignment
from projects.disclosure import disclosed
from projects.models import Dependency, Side

PLACES = RoleAssignment.visible_through
LOOKED_IN = ("name", "code")


def people_around(record: Any, asker: Any) -> QuerySet[Person]:
    """Return the people who sign in and hold a role or a post on a record, above it or, of the
    frame, inside it: whoever sees it is among them. Of a side that is out of sight of who asks it
    is those alone whom they are told to call. Of a draft not all of them see it."""
    places = Q(**dict.fromkeys(PLACES))
    lent, parts = Q(pk__in=[]), Q(user__is_superuser=True)
    for row in _upwards(record, asker):
        if row.grant_kind in PLACES:
            places |= Q(**{row.grant_kind: row.pk})
            lent |= Q(**{row.grant_kind: row.pk})
        if isinstance(row, Dependency):
            parts |= Q(pk__in=_told_to_call(row, asker))
        for post in (*row.posts.values(), *row.seen_by):
            parts |= Q(pk__in=type(row)._base_manager.filter(pk=row.pk).values(post))
    today = timezone.localdate()
    parts |= Q(pk__in=RoleAssignment.objects.current(today).filter(places).values("person"))
    parts |= Q(pk__in=Delegation.objects.current(today).filter(lent).values("deputy"))
    if record.visible_below:
        parts |= Q(pk__in=Person.objects.with_a_part_in(record))
    return Person.objects.who_sign_in().filter(parts)


def _upwards(row: Any, asker: Any) -> Iterator[Any]:
    """The record, and all that it is in and that who asks may see by it."""
    yield row
    hidden = withheld(type(row), row.pk, asker) if row.shown_to else {}
    for name in row.visible_through:
        if name not in hidden and (above := getattr(row, name)) is not None:
            yield from _upwards(above, asker)


def _told_to_call(link: Dependency, asker: Any) -> set[int]:
    """The people (ids) whom who asks is told to call at ends that they may not see."""
    ends = withheld(Dependency, link.pk, asker).keys() & {*Side.values}
    return {
        person
        for end in ends
        for project in [getattr(link, end)]
        if (person := getattr(link, f"{end}_owner_id") or project.project_manager_id)
        and disclosed(
            project.owner_portfolio.dependency_disclosure, link.status,
            visible=False, contact=str(person), title="",
        ).contact
    }  # fmt: skip


def can_see(person: Person, record: Any) -> bool:
    """Return whether somebody sees a record, who signs in."""
    user = person.user
    rows = type(record)._default_manager.visible_to(user) if user and user.is_active else None
    return rows is not None and rows.filter(pk=record.pk).exists()


def blind(people: Iterable[Person], record: Any, asker: Any) -> list[Person]:
    """Return those of the people who do not see a record, as far as who asks may know."""
    asked = [*people]
    near = set(people_around(record, asker).filter(pk__in=[person.pk for person in asked]))
    return [person for person in asked if person not in near or not can_see(person, record)]


def who_see(record: Any, text: str, most: int, asker: Any) -> list[Person]:
    """Return the first people, by name, who see a record and whose name or code has these words,
    as far as who asks may know: at most two queries for each of them."""
    rows = found(people_around(record, asker), text, LOOKED_IN).select_related("user")
    return [person for person in rows[:most] if can_see(person, record)]
