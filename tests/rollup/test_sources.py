"""Every kind of record behind a figure is declared, and what is declared is there."""

import pytest
from django.apps import apps
from django.urls import resolve, reverse

from pmhub.database.history import events_of
from programmes.models import LedgerLine
from programmes.sources import BEHIND, KINDS, LINES

EVERY = pytest.mark.parametrize("kind", [*LINES, *BEHIND], ids=lambda kind: kind.name)


def test_every_line_of_the_ledger_comes_from_a_declared_kind(demo):
    named = set(LedgerLine.objects.order_by().values_list("source_type", flat=True).distinct())
    assert named <= {each.name for each in LINES}


def test_no_kind_is_declared_twice():
    assert len(KINDS) == len(LINES) + len(BEHIND)


@EVERY
def test_a_kind_names_its_model_fields_and_history(kind):
    model = apps.get_model(kind.model)
    assert kind.name == model._meta.model_name
    assert list(model.objects.values_list(kind.code, kind.title, *kind.homes)[:0]) == []
    kept = {field.name for field in events_of(model)._meta.concrete_fields}
    assert set(kind.homes) <= kept
    for label, relation in kind.parts.items():
        assert relation in {each.name for each in events_of(apps.get_model(label))._meta.fields}
    assert list(model.objects.values_list("pk", *kind.through)[:0]) == []
    if kind.holder:
        assert model._meta.get_field(kind.holder[0]).related_model._meta.model_name == "person"


@EVERY
def test_what_moves_a_line_can_be_named_itself(kind):
    """The record that somebody edited is the root of a part, so it has a name and an address."""
    parts = {label.split(".")[1].lower() for label in kind.parts}
    assert parts <= KINDS.keys()


@EVERY
def test_a_kind_has_an_address(kind):
    assert resolve(f"/api/v1/{kind.collection}/1/").url_name == f"{kind.collection}-detail"
    if kind.page:
        assert reverse(kind.page, args=[1])


@pytest.mark.parametrize("kind", LINES, ids=lambda kind: kind.name)
def test_a_line_that_comes_and_goes_has_words(kind):
    fixed = kind.name in ("project", "programme")  # these join and leave, close and end
    assert fixed or (kind.of_new and kind.of_deleted)
