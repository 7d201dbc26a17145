"""Which roles people come to have when two programmes or projects are merged or one is split, and
what becomes of delegated roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from pmhub.access import holders
from pmhub.models import Delegation, RoleAssignment, User
from pmhub.models.delegation import DelegationState
from pmhub.services import turn
from programmes.services.reorganisation.dispositions import (
    HELD,
    Fate,
    RecordFates,
    counted_fate,
    move_records,
)

HELD_BY_ROLE = "Whoever has a role on the whole has it on both"
RIGHTS = "Whoever has them sees all of it from now on"
LENT_ALONG = "Who lends the role has it from now on as well"
LENT_ENDS = "Who lends the role does not have it there by that: it can be lent anew"


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that a person has on a record now or later, by an assignment (its id) or by a post."""

    person: int
    role: str
    starts_on: date = date.min
    ends_on: date = date.max
    assignment: int | None = None

    def covers(self, other: HeldRole) -> bool:
        """Return whether this role contains another one: the same of the same person for at least
        the same time."""
        same = (self.person, self.role) == (other.person, other.role)
        return same and self.starts_on <= other.starts_on and self.ends_on >= other.ends_on


def gained_roles(record: Any, to: Any, posts: Iterable[str]) -> list[HeldRole]:
    """Return the roles on a programme or project, by assignments and by these posts, that their
    holders do not have on `to`."""
    have = [*_held_roles(to, to.posts)]
    return [one for one in _held_roles(record, posts) if not any(had.covers(one) for had in have)]


def _held_roles(record: Any, posts: Iterable[str]) -> Iterator[HeldRole]:
    for role in posts:
        for person in sorted(holders(record, record.posts[role])):
            yield HeldRole(person, role)
    here = {record.grant_kind: record}
    rows = RoleAssignment.objects.lasting(timezone.localdate()).filter(**here)
    for row in rows.order_by("pk"):
        days = row.starts_on or date.min, row.ends_on or date.max
        yield HeldRole(row.person_id, row.role, *days, row.pk)


def roles_go(record: Any, other: Any, by: User | None) -> Iterator[RecordFates]:
    """Move the role assignments of `other` to `record`, for those who do not have the roles there.
    Delegations of moved roles move along; other delegations on `other` end."""
    go = [one for one in gained_roles(other, record, ()) if one.assignment]
    stay = move_records(
        RoleAssignment, [one.assignment for one in go if one.assignment], record, by=by
    )
    yield from counted_fate(RoleAssignment, Fate.GOES, len(go) - len(stay), RIGHTS)
    yield from counted_fate(RoleAssignment, Fate.STAYS, len(stay), HELD)
    went = {(one.person, one.role) for one in go if one.assignment not in stay}
    today = timezone.localdate()
    lent = Delegation.objects.filter(state=DelegationState.GIVEN, ends_on__gte=today)
    along: list[Delegation] = []
    ends: list[Delegation] = []
    for row in lent.filter(**{other.grant_kind: other}).order_by("pk"):
        (along if (row.giver_id, row.role) in went else ends).append(row)
    move_records(Delegation, [row.pk for row in along], record, by=by)
    for row in ends:
        turn(row, noun="end", by=by)
    yield from counted_fate(Delegation, Fate.GOES, len(along), LENT_ALONG)
    yield from counted_fate(Delegation, Fate.ENDS, len(ends), LENT_ENDS)


def copy_roles(record: Any, new: Any, by: User | None) -> int:
    """Give everybody who has a role on a programme or project, now or later, the same role on the
    new one, so that nobody sees more or less than before; return how many roles that are."""
    rows = RoleAssignment.objects.lasting(timezone.localdate()).filter(
        **{record.grant_kind: record}
    )
    made = [
        RoleAssignment(
            person_id=row.person_id, role=row.role, starts_on=row.starts_on, ends_on=row.ends_on,
            created_by=by, updated_by=by, **{new.grant_kind: new},
        )
        for row in rows.order_by("pk")
    ]  # fmt: skip
    return len(RoleAssignment.objects.bulk_create(made))
