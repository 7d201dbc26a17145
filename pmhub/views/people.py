"""Panels on the pages of people, beside what their register declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Q

from pmhub.access import can
from pmhub.accounts import mails, passwords
from pmhub.accounts.person_links import accounts_of_nobody, people_without_account
from pmhub.database.past import is_past
from pmhub.models import Person
from pmhub.page_addresses import address_of
from pmhub.queries.career import career_of
from pmhub.queries.people_signals import signals, told_of
from pmhub.registers import registers
from pmhub.registers.panels import Panel
from pmhub.serializers.people import HandedToSerializer
from pmhub.views.registers.forms import STYLE, fields_of
from pmhub.views.registers.names import name_fields

FEW = 12  # records of each kind that are listed
DUE = (
    "due_on", "next_measurement_on", "forecast_finish", "planned_end_on", "proximity_on",
    "validate_by", "planned_on", "adopt_by", "need_by",
)  # fmt: skip
LISTED = 100  # accounts and people that can be chosen


def answers_for(person: Person, request: Any) -> dict[str, Any] | None:
    """Return the records that a person answers for, and that are not settled, as far as the reader
    may see them, by kind; each with the person's part in it and the day on which it is due."""
    groups = [group for model in apps.get_models() if (group := _group(model, person, request))]
    return {"groups": groups} if groups else None


def _group(model: Any, person: Person, request: Any) -> dict[str, Any] | None:
    """Return the records of one kind that a person answers for."""
    fields, register = getattr(model, "answered_for", {}), registers.of(model)
    if not fields or register is None:
        return None
    answers = Q()
    for field, condition in fields.items():
        answers |= condition & Q(**{field: person})
    rows = model.objects.visible_to(request.user).filter(answers).distinct()
    listed = list(rows[: FEW + 1])
    if not listed:
        return None
    code, name = name_fields(model)
    due = next((day for day in DUE if hasattr(listed[0], day)), "")
    return {
        "title": register.title,
        "all": address_of("register", register.name),
        "more": len(listed) > FEW,
        "rows": [
            {
                "code": getattr(row, code, ""),
                "name": getattr(row, name, "") or str(row),
                "address": address_of("record", register.name, row.pk),
                "parts": [register.label(part) for part in _parts(row, fields, person)],
                "due": getattr(row, due, None) if due else None,
            }
            for row in listed[:FEW]
        ],
    }


def _parts(row: Any, fields: Any, person: Person) -> Iterator[str]:
    """Yield the fields in which a record names the person."""
    for field in fields:
        if row._meta.get_field(field).many_to_many:
            if getattr(row, field).filter(pk=person.pk).exists():
                yield field
        elif getattr(row, f"{field}_id") == person.pk:
            yield field


def no_account(person: Person, request: Any) -> dict[str, Any] | None:
    """Return the accounts that a person without one can be given, for readers who may do that."""
    if person.user_id is not None or person.archived_at or not can(request.user, "write", person):
        return None
    names = accounts_of_nobody().values_list("username", flat=True)[:LISTED]
    return {
        "person": person,
        "accounts": list(names),
        "invited": _invited(person),
    }


def _invited(person: Person) -> str:
    """Return what is said before the link by which an invited person chooses a password."""
    mailed = mails.can_be_sent() and person.email
    way = f"It was sent to {person.email} too." if mailed else "Send it to them."
    lasts = passwords.INVITATION.lasts_words
    return (
        f"{person} has an account. By this link they choose a password, once, within {lasts}. {way}"
    )


def hand_over(person: Person, request: Any) -> dict[str, Any] | None:
    """Return the form that hands over all that a person answers for; None for readers who may not
    write the person, and if they answer for nothing."""
    if not can(request.user, "write", person) or not _answers(person):
        return None
    form = HandedToSerializer(context={"request": request, "record": person})
    form.fields["to"].label = "To"
    return {
        "person": person,
        "fields": fields_of(form, ("to", "reason"), prefix="hand-over-"),
        "form_style": STYLE,
        "address": address_of("record", "people", person.pk),
    }


def _answers(person: Person) -> bool:
    """Return whether a person answers for any record, or holds a role."""
    return person.roles.exists() or any(
        model._base_manager.filter(condition, **{field: person}).exists()
        for model in apps.get_models()
        for field, condition in getattr(model, "answered_for", {}).items()
    )


def account_gaps(above: Any, request: Any) -> dict[str, Any] | None:
    """Return people who are named somewhere without having an account, and accounts without a
    person, for readers who may join them."""
    if not can(request.user, "write", Person()):
        return None
    people = list(people_without_account()[: FEW + 1])
    accounts = list(accounts_of_nobody()[: FEW + 1])
    if not people and not accounts:
        return None
    free = Person.objects.filter(user=None, archived_at=None).values_list("pk", "code", "name")
    return {
        "people": people[:FEW],
        "more_people": len(people) > FEW,
        "accounts": accounts[:FEW],
        "more_accounts": len(accounts) > FEW,
        "free": list(free[:LISTED]),
    }


def people_signals(above: Any, request: Any) -> dict[str, Any] | None:
    """Return the signals about people; None if there are none, and on a list of the people below
    one record."""
    listed = [] if above else signals(request.user)
    return {"signals": listed, "count": len(listed)} if listed else None


def career(person: Person, request: Any) -> dict[str, Any] | None:
    """Return a person's step on the career ladder and what they lack for the next one, for readers
    who may know it; None for others, and in the past."""
    if is_past() or not told_of(request.user).filter(pk=person.pk).exists():
        return None
    standing = career_of(person, request.user)
    return {"standing": standing, "short": [ask for ask in standing.asked if not ask.met]}


PANELS = {
    "career": Panel("Career", "people/career.html", career),
    "people-signals": Panel("Signals", "people/signals.html", people_signals, folded=True),
    "answers-for": Panel("What they answer for", "people/answers_for.html", answers_for),
    "hand-over": Panel("Hand their work over", "people/hand_over.html", hand_over, folded=True),
    "no-account": Panel("No account", "people/no_account.html", no_account),
    "account-gaps": Panel("Accounts and people apart", "people/account_gaps.html", account_gaps),
}
