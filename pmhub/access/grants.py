"""The roles of one user: by assignment, by a post named on a row, or lent.

A model is a *root* of access when roles are held on it (`grant_kind`).
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.db.models import Q, Value
from django.utils import timezone

from pmhub import permissions
from pmhub.database import past
from pmhub.database.statements import DAY, ID, Statement

if TYPE_CHECKING:
    pass

ORGANISATION = "organisation"


@dataclass
class Grants:
    """The roles of one user, by kind and id of the object on which they are held; the organisation
    has the id 0."""

    roles: dict[tuple[str, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    # The lent ones among the roles, by kind, id and role, with the id of the lender.
    lent: dict[tuple[str, int, str], int] = field(default_factory=dict)
    # All lent roles, also those that the user holds themself: kind, id, role and the lender's id.
    lendings: list[tuple[str, int, str, int]] = field(default_factory=list)
    day: date = field(default_factory=timezone.localdate)  # the day on which the roles are held
    # Whether the roles are those of the approvers of a write, whoever executes it.
    approved: bool = False
    # Where the roles are given later: returns a placeholder id for the records of a model that are
    # reached from these places (kinds and ids); None if the database is asked each time.
    reached: Callable[[Any, tuple[tuple[str, int], ...]], int | None] | None = None

    @property
    def own(self) -> Grants:
        """The roles that the user holds themself, without lent ones."""
        grants = Grants(reached=self.reached)
        for (kind, pk), roles in self.roles.items():
            if kept := {role for role in roles if (kind, pk, role) not in self.lent}:
                grants.roles[kind, pk] = kept
        return grants

    @property
    def everywhere(self) -> frozenset[str]:
        """The roles held on the whole organisation."""
        return frozenset(self.roles.get((ORGANISATION, 0), ()))

    def ids(self, kind: str) -> list[int]:
        """Return the ids of the objects of this kind on which any role is held."""
        return sorted(pk for k, pk in self.roles if k == kind)

    def on(self, kind: str, pk: int | None) -> frozenset[str]:
        """Return the roles held on one object."""
        return frozenset(self.roles.get((kind, pk or 0), ()))


def grants_of(user: Any) -> Grants:
    """Return the user's roles; they are read in one query, and kept on the user object for the
    request."""
    if user is None or isinstance(user, AnonymousUser) or not user.is_active:
        return Grants()
    if getattr(user, "_grants", None) is None:
        user._grants = _read_grants(user)
    return user._grants


def for_writing(grants: Grants, noun: str) -> Grants:
    """Return the roles that may write rows of this kind."""
    return _where(grants, lambda roles: permissions.may_write(roles, noun))


def holding(grants: Grants, among: frozenset[permissions.Role]) -> Grants:
    """Return the objects on which one of these roles is held, with all roles held there."""
    return _where(grants, lambda roles: bool(roles & among))


def audits(user: Any) -> bool:
    """Return whether the user may read the audit register, or a part of it."""
    return bool(holding(grants_of(user), permissions.AUDITORS).roles)


def _where(grants: Grants, fit: Callable[[frozenset[str]], bool]) -> Grants:
    kept = {key: roles for key, roles in grants.roles.items() if fit(frozenset(roles))}
    return Grants(defaultdict(set, kept), day=grants.day, reached=grants.reached)


class Reader:
    """Stands for all users who have the same rights, in place of one of them.

    `visible_to`, `can` and the code that uses them accept it as a user. It has no id and no name:
    code that needs either fails, so that what is made for a reader holds nothing personal.
    """

    is_active = is_authenticated = True

    def __init__(self, user: Any) -> None:
        self._grants = grants_of(user)
        self.is_staff = bool(getattr(user, "is_staff", False))  # None stands for nobody
        # Roles are given to people, so whoever holds one is in the directory.
        self.in_directory = bool(self._grants.roles) or hasattr(user, "person")

    @property
    def key(self) -> tuple[Any, ...]:
        """A value that is equal for users with the same rights only."""
        roles = tuple(sorted((*at, *sorted(held)) for at, held in self._grants.roles.items()))
        return self.is_staff, self.in_directory, roles, tuple(sorted(self._grants.lent))


def _read_grants(user: Any) -> Grants:
    with past.as_at(None):  # rights are today's, whichever past is read
        return grants_from(user, ROLES(id=user.pk, day=timezone.localdate()))


def grants_from(user: Any, held: Iterable[Iterable[Any]]) -> Grants:
    """Return the user's roles, from the rows of `ROLES`."""
    grants = Grants()
    if user.is_superuser:
        grants.roles[ORGANISATION, 0].add(permissions.Role.PMO.value)
    for kind, pk, role, giver in held:
        if giver:
            grants.lendings.append((kind, pk, role, giver))
        else:
            grants.roles[kind, pk].add(role)
    for kind, pk, role, giver in grants.lendings:
        if role not in grants.roles.get((kind, pk), ()):
            grants.roles[kind, pk].add(role)
            grants.lent[kind, pk, role] = giver
    return grants


def alone(user: Any) -> Any:
    """Return a copy of the user with only their own roles, without lent ones."""
    copied = copy.copy(user)
    copied._grants = grants_of(user).own
    return copied


def lasting(user: Any, until: date) -> Any:
    """Return a copy of the user with only those of their own roles that they hold today and still
    on the day `until`. While the product carries out what
    others approved, it has all roles of the approvers."""
    copied = alone(user)
    if grants_of(user).approved:
        return copied
    with past.as_at(None):
        then = grants_from(user, ROLES(id=user.pk, day=until)).own
    kept = Grants(day=then.day)
    for place, roles in copied._grants.roles.items():
        if still := roles & then.roles.get(place, set()):
            kept.roles[place] = still
    copied._grants = kept
    return copied


def another_gives_roles(user: Any) -> bool:
    """Return whether somebody else who can sign in gives roles on the organisation: a member of its
    PMO, or a superuser."""
    role: Any = apps.get_model("pmhub", "RoleAssignment")
    everywhere = dict.fromkeys(role.visible_through, None)
    current = role.objects.current(timezone.localdate())
    office = current.filter(role=permissions.Role.PMO, **everywhere)
    others = get_user_model()._base_manager.filter(is_active=True, is_service=False)
    able = Q(is_superuser=True) | Q(person__in=office.values("person"))
    return others.exclude(pk=user.pk).filter(able).exists()


def lenders(user: Any, may: Callable[[Any], bool]) -> list[int]:
    """Return the ids of the people in whose place a user acts, if a lent role alone lets them act;
    none if their own roles do. `may` says whether a given user may act."""
    grants = grants_of(user)
    if not grants.lendings or may(alone(user)):
        return []
    return sorted({*grants.lent.values()} or {giver for *_, giver in grants.lendings})


def _roles_held() -> models.QuerySet:
    return _assignments(ID, DAY).union(*_posts(ID), _lent(ID, DAY), all=True)


# The roles of the user `id` on a `day`: (kind of object, id or 0 for the organisation, role, id of
# the person who lends it or 0).
ROLES = Statement(_roles_held, reads=lambda: connection)


def _assignments(user: int, on: date) -> models.QuerySet:
    assignment = apps.get_model("pmhub", "RoleAssignment")
    return assignment.objects.held_by(user, on=on)


def _lent(user: int, on: date) -> models.QuerySet:
    delegation = apps.get_model("pmhub", "Delegation")
    return delegation.objects.lent_to(user, on=on)


def _posts(user: int) -> list[models.QuerySet]:
    """Return a queryset, in the columns of `ROLES`, for each post that a root model declares
    (`posts = {role: path to a person}`) and for each field in `seen_by`."""
    return [
        model.objects.filter(**{f"{path}__user": user})
        .order_by()
        .values_list(
            Value(model.grant_kind, output_field=models.TextField()),
            "pk",
            Value(role, output_field=models.TextField()),
            Value(0, output_field=models.BigIntegerField()),
        )
        for model in roots()
        for role, path in [
            *getattr(model, "posts", {}).items(),
            *((permissions.Role.VIEWER.value, path) for path in model.seen_by),
        ]
    ]


def roots() -> list[type[Any]]:
    """Return the models on which roles are held."""
    return [model for model in apps.get_models() if getattr(model, "grant_kind", None)]
