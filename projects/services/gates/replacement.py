"""Replacing somebody who is to decide an open gate and cannot."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from pmhub.access import Withheld
from pmhub.access.separation_of_duties import check_apart, has_part
from pmhub.models import Person, User
from pmhub.queries.readers import can_see
from pmhub.services import lock, person_of, refuse, refuse_state, save
from projects.models import Gate, GateState
from projects.queries.unavailable_deciders import lending, unavailable_deciders
from projects.services.gates.deciders import in_the_office
from projects.services.gates.voting import OWN

LISTS = ("approvers", "pmo_approvers")


@transaction.atomic
def replace_approver(
    gate: Gate, *, absent: Person, person: Person, reason: str, by: User | None
) -> Gate:
    """Replace an approver of an open gate who cannot vote by another person; the history keeps the
    reason. Raises ValidationError where the first can vote or has voted, and where the other could
    not vote either; Withheld for a user who has a part in the gate or names themself."""
    check_apart(by, gate, "person", OWN)
    if person == person_of(by):
        raise Withheld("person", "Nobody names themself to decide.")
    if lock(gate).state != GateState.OPEN:
        refuse_state("state", "Who decides is named anew while the gate is open.")
    lists = [name for name in LISTS if getattr(gate, name).filter(pk=absent.pk).exists()]
    if not lists:
        refuse("absent", f"{absent} does not decide this gate.")
    if gate.votes.filter(person=absent).exists():
        refuse("absent", f"{absent} has voted already.")
    if _can_vote(absent, gate, by):
        refuse("absent", f"{absent} can vote.")
    _check_able(gate, person, lists)
    for name in lists:
        people = getattr(gate, name)
        people.remove(absent)
        people.add(person)
    gate.updated_at = timezone.now()  # saving it raises the version, which the lists alone do not
    return save(gate, "updated_at", by=by)


def _can_vote(person: Person, gate: Gate, by: User | None) -> bool:
    """Return whether a person signs in, sees the gate, has no other part in it and is not away."""
    if unavailable_deciders([person], gate, by) or lending([person]).exists():
        return False
    return not has_part(person.user, gate)


def _check_able(gate: Gate, person: Person, lists: list[str]) -> None:
    if gate.approved_by(person):
        refuse("person", f"{person} decides this gate already.")
    if person.pk in gate.leaders:
        refuse("person", f"{person} leads what the gate is of, and does not decide it.")
    if not can_see(person, gate):
        refuse("person", f"{person} does not sign in, or does not see this gate.")
    if "pmo_approvers" in lists and person.pk not in in_the_office(gate.place):
        refuse("person", f"{person} is not of the PMO, one of whom has to vote.")
