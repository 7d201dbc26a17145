"""Whom to ask before a change: the people who manage or own the records that it moves, and both
ends of the dependencies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Q

from pmhub.models import Person
from programmes.queries.sources import Source, sources
from programmes.sources import KINDS
from projects.models import SETTLED, Dependency
from projects.queries.dependencies import ends_of

T = TypeVar("T")

# What a person is to a record, for whose sake they are asked.
ROLES = (
    "programme_manager", "project_manager", "benefit_owner", "risk_owner", "giver", "receiver",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person is asked: their role at a record, and the code of a dependency (`about`), if it
    is for one."""

    person: int
    role: str
    kind: str
    id: int
    about: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person to ask, and the reasons, each as (role, dependency, record)."""

    person: Person
    reasons: Sequence[tuple[str, str, Source]]


def reasons_for(moved: Mapping[str, Collection[int]], later: Collection[int]) -> list[Reason]:
    """Return whom to ask when these records, by kind, move and these projects finish later; one
    query for each kind, and one for dependencies."""
    reasons = {
        Reason(person, kind.holder[1], kind.name, id)
        for kind in KINDS.values()
        if kind.holder
        for id, person in _post_holders(kind.model, kind.holder[0], moved.get(kind.name, ()))
    }
    return sorted({*reasons, *_ends(later)}, key=_order)


def _order(reason: Reason) -> tuple[Any, ...]:
    return (ROLES.index(reason.role), reason.id, reason.about, reason.person)


def _post_holders(model: str, holder: str, ids: Collection[int]) -> list[tuple[int, int]]:
    rows: Any = apps.get_model(model)._default_manager.filter(
        pk__in=ids, **{f"{holder}__isnull": False}
    )
    return list(rows.values_list("pk", f"{holder}_id"))


def _ends(projects: Collection[int]) -> Iterator[Reason]:
    """Yield the givers and receivers of the open dependencies of these projects."""
    links = Dependency.objects.filter(Q(giver__in=projects) | Q(receiver__in=projects))
    rows: Any = links.exclude(status__in=SETTLED).values_list(
        "code", "giver_id", "giver_owner_id", "giver__project_manager_id",
        "receiver_id", "receiver_owner_id", "receiver__project_manager_id",
    )  # fmt: skip
    for code, *ends in rows:
        for role, project, owner, manager in (("giver", *ends[:3]), ("receiver", *ends[3:])):
            person = owner or manager
            if project and person:
                yield Reason(person, role, "project", project, code)


def holders(by_change: Mapping[T, Sequence[Reason]], user: Any) -> dict[T, list[Holder]]:
    """Return for each change the people that the user is told to ask: never the user, and only for
    records that the user may see and ends of dependencies whose contact the user is told. The
    number of queries does not depend on that of changes."""
    every = [reason for reasons in by_change.values() for reason in reasons]
    records = sources({(reason.kind, reason.id) for reason in every}, user)
    hidden = [reason for reason in every if reason.about and records[reason.kind, reason.id].hidden]
    called = _disclosed_ends({reason.about for reason in hidden}, user) if hidden else frozenset()
    people = Person.objects.visible_to(user).exclude(user=user)
    named = people.in_bulk([reason.person for reason in every])
    return {name: _holders(reasons, records, named, called) for name, reasons in by_change.items()}


def _disclosed_ends(codes: Collection[str], user: Any) -> frozenset[tuple[str, str, int]]:
    """Return the ends of dependencies, as (code, end, project), whose contact a user is told."""
    links = Dependency.objects.visible_to(user).filter(code__in=codes)
    rows = {link.pk: link for link in links}
    return frozenset(
        (rows[id].code, end, getattr(rows[id], f"{end}_id"))
        for (id, end), end_told in ends_of(list(rows), user).items()
        if end_told.contact
    )


def _holders(
    reasons: Sequence[Reason],
    records: Mapping[tuple[str, int], Source],
    people: Mapping[int, Person],
    called: Collection[tuple[str, str, int]],
) -> list[Holder]:
    by_person: dict[int, list[tuple[str, str, Source]]] = {}
    for reason in reasons:
        source = records[reason.kind, reason.id]
        disclosed = not source.hidden or (reason.about, reason.role, reason.id) in called
        if reason.person in people and disclosed and not source.gone:
            by_person.setdefault(reason.person, []).append((reason.role, reason.about, source))
    rows = (Holder(people[id], why) for id, why in by_person.items())
    return sorted(rows, key=lambda holder: holder.person.name)
