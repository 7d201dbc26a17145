"""Who counts at a board: its members, and deputies in the place of those who are not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from pmhub.access import roles_on
from pmhub.access.grants import alone
from pmhub.access.posts import leaders_of
from pmhub.access.separation_of_duties import on_one_side
from pmhub.models import Delegation, Person
from pmhub.permissions import VOTERS, leads
from programmes.models import Board, Decision


@dataclass(frozen=True, slots=True)
class Seats:
    """The seats of a board at a decision: the members who count (ids), whether present or
    represented, the member for whom each deputy sat there, and people who sat there for nobody."""

    members: frozenset[int]
    deputies: dict[Person, Person]
    strangers: list[Person]

    @property
    def deputies_in_words(self) -> str:
        """Return one line for each deputy, with the member for whom they were there."""
        return "\n".join(f"{deputy} for {member}" for deputy, member in self.deputies.items())


def around_the_table(rows: QuerySet[Person], board: Board, on: date) -> QuerySet[Person]:
    """Return those of these people who are members of a board, or may be a deputy of one on a
    day."""
    return rows.filter(Q(boards=board) | Q(pk__in=_lent(board, on).values("deputy"))).distinct()


def seats(
    board: Board, people: Iterable[Person], *, on: date, decision: Decision | None = None
) -> Seats:
    """Return which of these people count for the quorum on a day: members and, for each absent
    member, one deputy.

    Nobody counts who leads what the decision is about. A deputy does not count who leads what the
    board decides about, wrote the question, or is on the side of its author.
    """
    there = sorted(people, key=lambda person: (person.name, person.pk))
    place: Any = decision.place if decision else board.place
    members = {member.pk: member for member in board.members.order_by("name", "pk")}
    own = leaders_of(place)
    filled = {person.pk for person in there if person.pk in members} - own
    guests = [person for person in there if person.pk not in members]
    away = members.keys() - own - filled
    author = decision.created_by_id if decision else None
    lent = {
        guest: frozenset()
        if on_one_side(guest.user, *own, author=author, on=on)
        else _givers(guest, board, place, on) & away
        for guest in guests
    }
    deputies: dict[Person, Person] = {}
    for guest in sorted(guests, key=lambda guest: len(lent[guest])):  # who has least choice first
        if free := [pk for pk in members if pk in lent[guest] - filled]:
            deputies[guest] = members[free[0]]
            filled.add(free[0])
    strangers = [guest for guest in guests if guest not in deputies]
    return Seats(frozenset(filled), deputies, strangers)


def _lent(board: Board, on: date) -> QuerySet[Delegation]:
    """Return the delegations of members of a board that are valid at that board on a day."""
    home = board.programme.portfolio_id if board.programme else board.portfolio_id
    there = Q(portfolio=home)
    if board.programme_id is not None:
        there |= Q(programme=board.programme_id)
    rows = Delegation.objects.current(on).filter(created_at__date__lte=on)  # none for what was
    return rows.filter(there, role__in=VOTERS, giver__in=board.members.values("pk"))


def _givers(deputy: Person, board: Board, place: Any, on: date) -> frozenset[int]:
    """Return the people (ids) for whom somebody is a deputy at a board on a day."""
    user = deputy.user
    if user is None or leads(roles_on(alone(user), place)):
        return frozenset()
    lends = {(role, giver) for *_, role, giver in Delegation.objects.lent_to(user, on=on)}
    given = _lent(board, on).filter(deputy=deputy).values_list("role", "giver")
    return frozenset(giver for role, giver in given if (role, giver) in lends)
