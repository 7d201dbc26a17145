"""People, their roles, and their competences."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from pmhub.models import Delegation, Person, RoleAssignment, User
from programmes.models import CompetenceRecord, Qualification, Training
from tests.factories.codes import next_code


def user(name: str = "", **fields: Any) -> User:
    """Return a user with an entry in the directory of people, without a role."""
    made = User.objects.create(username=name or next_code("user"), **fields)
    person(user=made)
    return made


def person(**fields: Any) -> Person:
    """Return a person in the directory."""
    code = next_code("PX")
    return Person.objects.create(**{"code": code, "name": f"Person {code}", **fields})


def role(user: User, role: str, **scope: Any) -> RoleAssignment:
    """Give a user a role: on a `portfolio`, a `programme`, a `project`, or everywhere."""
    return RoleAssignment.objects.create(person=user.person, role=role, **scope)


def delegation(giver: User, deputy: User, role: str, **fields: Any) -> Delegation:
    """Return the delegation of a role to a deputy, from yesterday to tomorrow, at a `portfolio`,
    `programme` or `project`."""
    today, day = timezone.localdate(), timedelta(days=1)
    defaults = {"starts_on": today - day, "ends_on": today + day, "reason": "Leave"}
    return Delegation.objects.create(
        giver=giver.person, deputy=deputy.person, role=role, **defaults | fields
    )


def from_today(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with days in the place of distances from today, which a test without a time of
    its own can be given."""
    today = timezone.localdate()
    return {
        name: today + value if isinstance(value, timedelta) else value
        for name, value in fields.items()
    }


def competence(of: Person | None = None, **fields: Any) -> CompetenceRecord:
    """Return a competence of a person, as somebody else assessed it."""
    said = {"level": "senior", "assessed_on": "2026-10-01", "assessor": person()} | fields
    return CompetenceRecord.objects.create(person=of or person(), **said)


def qualification(of: Person | None = None, **fields: Any) -> Qualification:
    """Return a qualification of a person."""
    said = {"title": "Lifting licence", "obtained_on": "2020-01-01"} | fields
    return Qualification.objects.create(person=of or person(), **said)


def training(of: Person | None = None, **fields: Any) -> Training:
    """Return a training of a person; planned unless the day on which it was taken is given."""
    said = {"title": "Rigging", "planned_on": "2026-10-01"} | fields
    return Training.objects.create(person=of or person(), **said)
