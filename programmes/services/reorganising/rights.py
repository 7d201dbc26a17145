"""Which roles on a programme their holders come to have on another, when the two are merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from pmhub.access import holders
from pmhub.models import RoleAssignment
from programmes.models import Programme


@dataclass(frozen=True, slots=True)
class Held:
    """A role that a person holds on a programme now or later: by an assignment, else by a post."""

    person: int
    role: str
    starts_on: date = date.min
    ends_on: date = date.max
    assignment: int | None = None

    def covers(self, other: Held) -> bool:
        """Return whether the person has the other role by this one already."""
        same = (self.person, self.role) == (other.person, other.role)
        return same and self.starts_on <= other.starts_on and self.ends_on >= other.ends_on


def gained(programme: Programme, to: Programme, posts: Iterable[str]) -> list[Held]:
    """Return the roles held on a programme, by assignments and these posts, that their holders do
    not have on the other."""
    have = [*_held(to, to.posts)]
    return [one for one in _held(programme, posts) if not any(had.covers(one) for had in have)]


def _held(programme: Programme, posts: Iterable[str]) -> Iterator[Held]:
    for role in posts:
        for person in sorted(holders(programme, programme.posts[role])):
            yield Held(person, role)
    rows = RoleAssignment.objects.lasting(timezone.localdate()).filter(programme=programme)
    for row in rows.order_by("pk"):
        days = row.starts_on or date.min, row.ends_on or date.max
        yield Held(row.person_id, row.role, *days, row.pk)
