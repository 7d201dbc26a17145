"""Who of those that decided a gate can still judge its conditions."""

from __future__ import annotations

import functools
import operator
from typing import Any

from django.apps import apps
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from pmhub.access import ways_up
from pmhub.access.grants import roots
from pmhub.models import Person, RoleAssignment
from pmhub.permissions import Role
from projects.models.gate.subjects import LEADS

PLACES = RoleAssignment.visible_through


def deciders(gate: Any) -> list[Person]:
    """Return the people who were named to decide a gate, in the order of their ids."""
    return sorted({*gate.approvers.all(), *gate.pmo_approvers.all()}, key=lambda person: person.pk)


def can_judge(gate: Any) -> bool:
    """Return whether one of the people who decided a gate can still judge its conditions."""
    return any(rows.filter(gate=gate).exists() for rows in able_deciders())


def able_deciders() -> list[QuerySet]:
    """Return the rows of both lists of approvers, of all gates, whose person signs in, sees the
    gate and does not lead what it is of."""
    gates: Any = apps.get_model("projects", "Gate")
    there = _roles_at_gates(gates)
    sees = functools.reduce(operator.or_, _posts_at_gates(gates), Q(Exists(there)))
    of_project = Q(gate__project__isnull=False)
    leads: Any = functools.reduce(
        operator.or_, (Q(**{f"gate__{way}": F("person")}) for way in LEADS)
    )
    leads |= of_project & Exists(there.filter(role=Role.PROJECT_MANAGER))
    leads |= ~of_project & Exists(there.filter(role=Role.PROGRAMME_MANAGER))
    able = Q(person__user__is_active=True, person__archived_at=None) & ~leads
    able &= sees | Q(person__user__is_superuser=True)
    lists = (gates.approvers.through, gates.pmo_approvers.through)
    return [listed._default_manager.filter(able) for listed in lists]


def _roles_at_gates(gates: Any) -> QuerySet:
    """Return the roles that an approver (the outer row) holds on the gate or above it today."""
    places = Q(**dict.fromkeys(PLACES))
    for kind in PLACES:
        for way in ways_up(gates, kind):
            places |= Q(**{kind: OuterRef(f"gate__{way}")})
    current = RoleAssignment.objects.current(timezone.localdate())
    return current.filter(places, person=OuterRef("person"))


def _posts_at_gates(gates: Any) -> list[Q]:
    """Return the conditions that an approver holds a post on the gate or above it."""
    return [
        Q(**{f"gate__{way}__{post}": F("person")})
        for root in roots()
        for way in ways_up(gates, root.grant_kind)
        for post in root.posts.values()
    ]
