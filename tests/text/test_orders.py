"""Lists are in one order: what ties is told apart, or a row would be on two pages and another on
none."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model, UniqueConstraint

from pmhub.models import Person
from tests import factories

OURS = {"pmhub", "programmes", "projects", "benefits"}
ORDERED = [
    model
    for model in apps.get_models()
    if model._meta.app_label in OURS and model._meta.ordering and not model._meta.proxy
]


def names_of(expressions: Iterable[Any]) -> set[str]:
    """The fields that expressions are made of."""
    found = set[str]()
    for each in expressions:
        if isinstance(each, str):
            found.add(each.removeprefix("-").replace("pk", "id"))
        elif name := getattr(each, "name", ""):
            found.add(name)
        else:
            found |= names_of(each.get_source_expressions())
    return found


def told_apart_by(model: type[Model]) -> list[set[str]]:
    """The sets of fields of which no two rows have the same."""
    alone = [{field.name} for field in model._meta.fields if field.unique]
    together = [
        names_of(rule.fields or rule.expressions)
        for rule in model._meta.constraints
        if isinstance(rule, UniqueConstraint) and rule.condition is None
    ]
    return alone + together


@pytest.mark.parametrize("model", ORDERED, ids=lambda model: model.__name__)
def test_no_two_rows_tie(model):
    ordered_by = names_of(model._meta.ordering)
    assert any(names <= ordered_by for names in told_apart_by(model)), model._meta.ordering


def test_people_of_one_name_are_always_listed_in_one_order(nothing):
    people = [factories.person(name="Ada Cole") for _ in range(9)]
    for changed in people[:4]:  # the database finds these after the others now
        changed.save()
    assert list(Person.objects.all()) == people
