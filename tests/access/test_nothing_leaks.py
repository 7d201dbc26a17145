"""What is written in records out of sight stands on no page: every register is read as a list, in
groups, as a grid, as a file, as a form for a new record and record by record."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from pmhub.access import ScopedQuerySet
from pmhub.models import Person, User
from pmhub.registers import Register, registers
from pmhub.urls import registers as _routes  # noqa: F401  # they declare the registers
from tests.wexmoor import Demo

WORD = re.compile(r"\w+")
FEW = 2  # records of each register that are looked at


def texts(rows: Any) -> set[str]:
    """Return the texts that people wrote in these rows."""
    names = [
        field.name
        for field in rows.model._meta.fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices
    ]
    found = {
        text.strip()
        for row in (rows.order_by().values_list(*names) if names else ())
        for text in row
        if text
    }
    # One word stands in other texts too.
    return {text for text in found if " " in text and len(WORD.findall(text)) > 1}


def hidden_from(user: User) -> set[str]:
    """Return the texts of records that a user does not see, without those that are in a visible
    record too."""
    seen, hidden = set[str](), set[str]()
    every: list[Any] = apps.get_models()
    for model in every:
        rows = model._default_manager.all()
        if isinstance(rows, ScopedQuerySet):
            visible = rows.visible_to(user)
            seen |= texts(visible)
            if model is not Person:
                hidden |= texts(rows.exclude(pk__in=visible.order_by().values("pk")))
    return {text for text in hidden if not any(text in each for each in seen)}


def opening(text: str) -> tuple[str, str]:
    """The first two words of a text, by which pages are looked through for it."""
    first, second, *_ = WORD.findall(text)
    return first, second


def ways(register: Register, user: User) -> Iterator[tuple[str, dict[str, str]]]:
    """Every way in which a register is read: an address, and the headers with which it is asked.
    Of a list in groups the list alone, for what stands around it is that of the list."""
    for address in addresses(register, user):
        yield address, {}
    for name in register.groups:
        yield f"{reverse('register', args=[register.name])}?group={name}", {"HX-Request": "true"}


def addresses(register: Register, user: User) -> Iterator[str]:
    """The addresses of a register: its list, its forms and some of its records."""
    at = reverse("register", args=[register.name])
    yield f"{at}?{'&'.join(f'column={name}' for name in register.names if name in shown(register))}"
    yield f"{at}?view=grid"
    yield reverse("new-record", args=[register.name])
    for name in register.parents:
        parents = register.model._meta.get_field(name).related_model.objects.visible_to(user)
        for pk in parents.order_by("pk").values_list("pk", flat=True)[:1]:
            yield f"{reverse('new-record', args=[register.name])}?{name}={pk}"
    yield f"/api/v1/{register.name}/?format=csv"
    for record in register.model.objects.visible_to(user).order_by("pk")[:FEW]:
        for page in ("record", "record-history", "edit-record"):
            yield reverse(page, args=[register.name, record.pk])
        yield f"/api/v1/{register.name}/{record.pk}/"


def shown(register: Register) -> set[str]:
    """The fields that can be columns."""
    fields = register.serializer._templates()
    return {name for name, field in fields.items() if not field.write_only}


@pytest.mark.slow  # it reads thousands of pages
@pytest.mark.parametrize("name", ["cam02.manager", "ssv.manager"])
def test_what_is_out_of_sight_is_written_on_no_page(name: str, demo: Demo, client_of: Any) -> None:
    user = User.objects.get(username=name)
    client, hidden = client_of(user), hidden_from(user)
    assert len(hidden) > 100
    kinds = {str(words) for each in registers for words in _words(each)}
    openings = {text: opening(text) for text in hidden - kinds}
    for register in registers:
        for address, headers in ways(register, user):
            answer = client.get(address, headers=headers)
            assert answer.status_code in (200, 302, 403), address
            body = b"".join(answer) if answer.streaming else answer.content
            assert body or answer.status_code == 302, address
            page = unescape(body.decode())
            pairs = set(pairwise(WORD.findall(page)))
            found = [text for text, pair in openings.items() if pair in pairs and text in page]
            assert not found, (address, found)


def _words(register: Register) -> Iterator[Any]:
    """The words of choices, which some records are called by."""
    for field in register.model._meta.fields:
        for _, words in field.choices or ():
            yield words
