"""One set of rules behind every door: what REST refuses, the admin and an import refuse too."""

from decimal import Decimal
from functools import cache

import pytest
from django.core.exceptions import ValidationError as Invalid
from django.db import models
from rest_framework.exceptions import ValidationError

from pmhub.api.routes import RESOURCES
from tests import factories
from tests.admin.forms import entries, errors

HIDING = [
    "\u202e", "\u2066", "\ufeff", "\x1b", "\x07", "\u2028", "\u200b", "\x9f", "\x00", "\ud800",
]  # fmt: skip
LINES = ["\n", "\t"]
KEPT = ["\u200e", "\u200f", "\u061c", "\u200c", "\u200d"]
ABSURD = ["0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"]
NUMBERS = ["NaN", "Infinity", "-Infinity", "1e99999", "1e9999999999999999999", "x"]


@cache
def writable():
    """The writable fields of all resources that stand for a column, with it."""
    found = []
    for name, view in RESOURCES.items():
        serializer = view.serializer_class
        columns = {each.name: each for each in serializer.Meta.model._meta.fields}
        for field, declared in serializer().fields.items():
            column = columns.get(field)
            if declared.read_only or declared.source == "*" or column is None:
                continue
            if not column.choices and column.name not in LISTED:
                found.append((declared, column, f"{name}.{field}"))
    return found


def cases(kind):
    """Return the cases of one kind of column."""
    return [
        pytest.param(declared, column, id=id)
        for declared, column, id in writable()
        if isinstance(column, kind)
    ]


def rest_refuses(declared, value):
    try:
        declared.run_validation(value)
    except ValidationError:
        return True
    return False


def form_refuses(column, value):
    """Return whether the form of an admin page, or then the column itself, refuses a value."""
    try:
        found = column.formfield().clean(value)
        column.clean(found, None)
    except Invalid:
        return True
    return False


def import_refuses(column, value):
    """Return whether an import refuses a value: the column checks it before it is saved."""
    try:
        column.clean(value, None)
    except Invalid:
        return True
    return False


TEXT = (models.CharField, models.TextField)
LISTED = {"time_zone", "record_type"}  # one of a list that the database or the product knows


@pytest.mark.parametrize(("declared", "column"), cases(TEXT))
def test_nothing_hides_in_a_text_through_any_door(declared, column):
    for character in HIDING:
        value = f"a{character}b"
        assert rest_refuses(declared, value), ascii(value)
        assert form_refuses(column, value), ascii(value)
        assert import_refuses(column, value), ascii(value)
    long = column.max_length is None or column.max_length > 500
    for character in LINES:
        value = f"a{character}b"
        assert rest_refuses(declared, value) == import_refuses(column, value) == (not long)


NARROW = {"currency", "email", "foreign_currency", "path"}  # texts with rules of their own


@pytest.mark.parametrize(("declared", "column"), cases(TEXT))
def test_marks_that_scripts_need_pass_every_door(declared, column):
    if column.name not in NARROW:
        for mark in KEPT:
            assert not rest_refuses(declared, f"a{mark}")
            assert not form_refuses(column, f"a{mark}")
            assert not import_refuses(column, f"a{mark}")
            assert rest_refuses(declared, mark)
            assert form_refuses(column, mark)


@pytest.mark.parametrize(("declared", "column"), cases((models.DateField,)))
def test_a_day_is_one_that_people_mean_through_any_door(declared, column):
    for value in ABSURD:
        assert rest_refuses(declared, value)
        assert form_refuses(column, value)
        assert import_refuses(column, column.to_python(value))
    assert not form_refuses(column, "2026-10-31")


@pytest.mark.parametrize(("declared", "column"), cases((models.DecimalField, models.IntegerField)))
def test_a_number_is_one_that_can_be_stored_through_any_door(declared, column):
    for value in NUMBERS:
        assert rest_refuses(declared, value)
        assert form_refuses(column, value)
    if isinstance(column, models.DecimalField):
        assert import_refuses(column, Decimal("NaN"))


WRONG = [
    ("code", "\ufeff"), ("code", "a\ufeff"), ("name", "a\x1bb"), ("name", "a\u202eb"),
    ("name", "\u200f"), ("forecast_start", "0001-01-01"), ("percent_complete", "NaN"),
    ("percent_complete", "1e9999999999999999999"), ("tranche", "x"), ("tranche", "9" * 30),
    ("tranche", "1e5"), ("project_manager", "x"), ("complexity", "9" * 30),
]  # fmt: skip


def test_the_admin_says_at_the_field_what_is_wrong(client_of, office):
    office.is_staff = True
    office.save()
    project = factories.project(name="As it was")
    client = client_of(office)
    address = f"/admin/projects/project/{project.pk}/change/"
    form = entries(client.get(address))
    for field, value in WRONG:
        page = client.post(address, form | {field: value})
        assert errors(page).keys() == {field}, ascii(value)
    project.refresh_from_db()
    assert (project.name, project.version) == ("As it was", 1)
