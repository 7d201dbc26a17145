"""What is kept of the names of triggers is what pgtrigger would find by going through them."""

from typing import Any

import pgtrigger
import pytest
from pgtrigger import registry

from pmhub.database.trigger_registry import Registry
from projects.models import Action, Project

OWN: Any = registry._Registry


def trigger(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Protect(name=name, operation=pgtrigger.Truncate)


@pytest.fixture
def kept() -> Registry:
    """The registry of the product, with all its triggers."""
    found = registry._registry
    assert isinstance(found, Registry)
    return found


def agrees(kept: Registry) -> bool:
    tables, functions = OWN.by_db_table, OWN.pg_function_names
    return (kept.by_db_table, kept.pg_function_names) == (tables.fget(kept), functions.fget(kept))


def test_every_trigger_of_the_product_is_kept_by_table_and_by_function(kept):
    assert len(kept) > 100
    assert agrees(kept)


def test_a_trigger_is_known_until_it_is_taken_out(kept):
    added = trigger("not_emptied")
    with added.register(Action):
        assert kept.by_db_table[Action._meta.db_table, "not_emptied"] is added
        assert agrees(kept)
    assert (Action._meta.db_table, "not_emptied") not in kept.by_db_table
    assert agrees(kept)


def test_a_name_is_taken_once_on_a_table_and_free_on_others(kept):
    with trigger("not_emptied").register(Action):
        with pytest.raises(KeyError, match="already used for model"):
            trigger("not_emptied").register(Action)
        with trigger("not_emptied").register(Project):
            assert agrees(kept)
    assert agrees(kept)


def test_a_name_that_differs_in_capitals_alone_has_a_function_that_is_taken(kept, monkeypatch):
    monkeypatch.setattr(pgtrigger.Trigger, "get_pgid", lambda self, model: self.name.lower())
    first, second = trigger("only_once_emptied"), trigger("Only_Once_Emptied")
    with first.register(Action), pytest.raises(KeyError, match="already in use"):
        second.register(Action)
