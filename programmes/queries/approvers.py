"""Who may approve a report or a business case: people by name, where somebody holds the role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone

from pmhub.access.posts import people_of
from pmhub.database.collation import InOrder
from pmhub.models import Person, RoleAssignment
from pmhub.permissions import APPROVERS, STEERERS, Role
from programmes.models import BusinessCase, StatusReport


def approvers_of(report: StatusReport) -> Sequence[Person]:
    """Return the people who are asked to approve a report: holders of a post or role, on its
    subject or above it, that approves reports, who have no part in the report. Where there are
    none, those of the PMO."""
    return _approvers_by_role(report, report.subject, APPROVERS[report.noun])


def deciders_of(case: BusinessCase) -> Sequence[Person]:
    """Return the people who are asked to decide about a business case: holders of a post or role
    that steers its programme or project, who have no part in the case. Where there are none, those
    of the PMO."""
    return _approvers_by_role(case, case.place, STEERERS)


def _approvers_by_role(row: Any, place: Any, roles: frozenset[Role]) -> Sequence[Person]:
    return _people(row, place, roles - {Role.PMO}) or _people(row, place, frozenset({Role.PMO}))


def _people(judged: Any, place: Any, roles: frozenset[Role]) -> Sequence[Person]:
    places, posts = Q(portfolio=None, programme=None, project=None), set[int]()
    row: Any = place
    while row is not None:
        places |= Q(**{row.grant_kind: row.pk})
        posts |= {
            pk
            for role, name in row.posts.items()
            if role in roles and (pk := getattr(row, f"{name}_id", None))
        }
        row = next((up for name in row.visible_through if (up := getattr(row, name))), None)
    held = RoleAssignment.objects.current(timezone.localdate()).filter(places, role__in=roles)
    people = Person.objects.filter(Q(pk__in=posts) | Q(pk__in=held.values("person")))
    parties = people_of(judged, *judged.parties)
    return list(people.exclude(pk__in=parties).order_by(InOrder("name"), "pk"))
