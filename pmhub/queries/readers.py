"""Who can see a record: for mentions of people, and for the search by who acted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from pmhub.access.restricted_fields import withheld
from pmhub.database.collation import with_words
from pmhub.models import Delegation, Person, RoleAssignment
from projects.disclosure import disclosed
from projects.models import Dependency, Side

PLACES = RoleAssignment.visible_through
LOOKED_IN = ("name", "code")


def people_around(record: Any, asker: Any) -> QuerySet[Person]:
    """Return the people who can sign in and who may see a record: they hold a role or a post on it,
    above it or, for a portfolio, inside it. All who see the record are among them, but not all of
    them see it: of a draft, only some. For a side that the asker may not see, only the contacts who
    are disclosed to them are included."""
    places = Q(**dict.fromkeys(PLACES))
    lent, parts = Q(pk__in=[]), Q(user__is_superuser=True)
    for row in upwards(record, asker):
        if row.grant_kind in PLACES:
            places |= Q(**{row.grant_kind: row.pk})
            lent |= Q(**{row.grant_kind: row.pk})
        if isinstance(row, Dependency):
            parts |= Q(pk__in=_disclosed_contacts(row, asker))
        for post in (*row.posts.values(), *row.seen_by):
            parts |= Q(pk__in=type(row)._base_manager.filter(pk=row.pk).values(post))
    today = timezone.localdate()
    parts |= Q(pk__in=RoleAssignment.objects.current(today).filter(places).values("person"))
    parts |= Q(pk__in=Delegation.objects.current(today).filter(lent).values("deputy"))
    if record.visible_below:
        parts |= Q(pk__in=Person.objects.with_a_part_in(record))
    return Person.objects.who_sign_in().filter(parts)


def upwards(row: Any, asker: Any) -> Iterator[Any]:
    """Yield the record and all records above it, except those that the asker may not see as its
    sides. A record that is not stored yet may lack a parent."""
    yield row
    hidden = withheld(type(row), row.pk, asker) if row.shown_to and row.pk else {}
    for name in row.visible_through:
        if name in hidden or getattr(row, f"{name}_id", None) is None:
            continue
        yield from upwards(getattr(row, name), asker)


def _disclosed_contacts(link: Dependency, asker: Any) -> set[int]:
    """Return the ids of the people who are disclosed to the asker as contacts for sides that the
    asker may not see."""
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
    """Return whether a person signs in and sees a record."""
    user = person.user
    rows = type(record)._default_manager.visible_to(user) if user and user.is_active else None
    return rows is not None and rows.filter(pk=record.pk).exists()


def without_access(people: Iterable[Person], record: Any, asker: Any) -> list[Person]:
    """Return those of these people who do not see a record, as far as the asker may know."""
    asked = [*people]
    near = set(people_around(record, asker).filter(pk__in=[person.pk for person in asked]))
    return [person for person in asked if person not in near or not can_see(person, record)]


def readers_named(record: Any, text: str, most: int, asker: Any) -> list[Person]:
    """Return the first people, by name, who see a record and whose name or code contains these
    words, as far as the asker may know. Takes at most two queries for each of them."""
    rows = with_words(people_around(record, asker), text, LOOKED_IN).select_related("user")
    return [person for person in rows[:most] if can_see(person, record)]
