"""People, what they may do and what they can."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from pmhub.models import Delegation, Person, RoleAssignment, User
from programmes.models import CompetenceRecord, Qualification, Training
from tests.factories.codes import next_code


def user(name: str = "", **fields: Any) -> User:
    """Somebody who signs in, in the directory of people, without a role."""
    made = User.objects.create(username=name or next_code("user"), **fields)
    person(user=made)
    return made


def person(**fields: Any) -> Person:
    """Somebody in the directory."""
    code = next_code("PX")
    return Person.objects.create(**{"code": code, "name": f"Person {code}", **fields})


def role(user: User, role: str, **scope: Any) -> RoleAssignment:
    """Give the user a role: on `portfolio`, `programme`, `project`, or everywhere."""
    return RoleAssignment.objects.create(person=user.person, role=role, **scope)


def delegation(giver: User, deputy: User, role: str, **fields: Any) -> Delegation:
    """What somebody lends to a deputy, from yesterday to tomorrow: `portfolio`, `programme` or
    `project` says where."""
    today, day = timezone.localdate(), timedelta(days=1)
    defaults = {"starts_on": today - day, "ends_on": today + day, "reason": "Leave"}
    return Delegation.objects.create(
        giver=giver.person, deputy=deputy.person, role=role, **defaults | fields
    )


def competence(of: Person | None = None, **fields: Any) -> CompetenceRecord:
    """How experienced somebody is, as somebody else assessed it."""
    said = {"level": "senior", "assessed_on": "2026-10-01", "assessor": person()} | fields
    return CompetenceRecord.objects.create(person=of or person(), **said)


def qualification(of: Person | None = None, **fields: Any) -> Qualification:
    """What a body outside attests to somebody."""
    said = {"title": "Lifting licence", "obtained_on": "2020-01-01"} | fields
    return Qualification.objects.create(person=of or person(), **said)


def training(of: Person | None = None, **fields: Any) -> Training:
    """What somebody learns; planned unless the day on which it was taken is given."""
    said = {"title": "Rigging", "planned_on": "2026-10-01"} | fields
    return Training.objects.create(person=of or person(), **said)
