"""The people who are to decide and cannot: named on the page of a gate before it is opened, and on
that of a board."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Case, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from pmhub.access.voters import voice_of
from pmhub.database.collation import InOrder
from pmhub.models import Delegation, Person
from pmhub.queries.readers import without_access
from projects.models import Gate, GateState, GateVote

NO_ACCOUNT = "has no account"
SEES_NOTHING = "holds no role by which they see it"


@dataclass(frozen=True, slots=True)
class UnavailableDecider:
    """A person who is to decide and cannot, and why."""

    person: Person
    why: str


def unavailable_deciders(
    people: Collection[Person], record: Any, asker: Any
) -> list[UnavailableDecider]:
    """Return those of the people who cannot decide about a record: who do not sign in, or do not
    see the record as far as `asker` may know."""
    sign_in = set(Person.objects.who_sign_in().filter(pk__in=[person.pk for person in people]))
    seeing = [person for person in people if person in sign_in]
    strangers = {*without_access(seeing, record, asker)} if seeing else set()
    return [
        UnavailableDecider(person, SEES_NOTHING if person in sign_in else NO_ACCOUNT)
        for person in people
        if person not in sign_in or person in strangers
    ]


@dataclass(frozen=True, slots=True)
class AbsentPerson:
    """A person who is away until a day, with the deputies who vote in their place."""

    person: Person
    until: date
    deputies: list[Person]


def lending(people: Collection[Person]) -> QuerySet[Delegation]:
    """Return the delegations of those of the people who are away today."""
    return Delegation.objects.current(timezone.localdate()).filter(giver__in=people)


def absent_voters(people: Collection[Person], row: Any) -> list[AbsentPerson]:
    """Return those of the voters of a row who are away, by name."""
    rows = (
        lending(people)
        .select_related("giver", "deputy__user")
        .order_by(InOrder("giver__name"), "giver", "pk")
    )
    absent = []
    for giver, given in groupby(rows, key=attrgetter("giver")):
        lent = list(given)
        deputies = {loan.deputy for loan in lent if voice_of(loan.deputy.user, row) == giver}
        until = max(loan.ends_on for loan in lent)
        absent.append(AbsentPerson(giver, until, sorted(deputies, key=attrgetter("name"))))
    return absent


def still_to_vote(gate: Gate, field: str) -> Sequence[Person]:
    """Return the people in one of a gate's lists of approvers who have not voted, by name."""
    voted = GateVote.objects.filter(gate=gate).values("person")
    return list(getattr(gate, field).exclude(pk__in=voted).order_by(InOrder("name"), "pk"))


def without_account() -> Case:
    """Return a column for the ids of an open gate's approvers who have not voted and do not sign
    in."""
    listed = (
        Q(pk__in=of_gate.objects.filter(gate=OuterRef(OuterRef("pk"))).values("person"))
        for of_gate in (Gate.approvers.through, Gate.pmo_approvers.through)
    )
    first, second = listed
    voted = GateVote.objects.filter(gate=OuterRef(OuterRef("pk"))).values("person")
    people: QuerySet = Person.objects.filter(first | second).exclude(pk__in=voted)
    rows = people.exclude(pk__in=Person.objects.who_sign_in().values("pk")).order_by("pk")
    ids = ArrayField(BigIntegerField())
    return Case(
        When(state=GateState.OPEN, then=ArraySubquery(rows.values("pk"))),
        default=Value([], output_field=ids),
        output_field=ids,
    )
