"""What is kept of the names of triggers is what pgtrigger would find by going through them."""

import re
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


def columns_of(trigger: pgtrigger.Trigger) -> set[str]:
    """The columns whose update a trigger looks at; none where it looks at any."""
    return set(re.findall(r'"(\w+)"', str(trigger.operation)))


def sets(model: Any, trigger: pgtrigger.Trigger) -> set[str]:
    """The columns that a trigger writes by itself: what people write it puts into order alone."""
    if trigger.when is not pgtrigger.Before or trigger.name == "written":
        return set()
    return set(re.findall(r"NEW\.(\w+) :=", str(trigger.get_func(model))))


def test_nothing_is_set_unseen_by_a_trigger_that_looks_at_written_columns_alone(kept):
    """A trigger of `UPDATE OF` sees the columns that a statement names, not those that another
    trigger sets: what sets one of them does so where others of its columns are written."""
    by_model: dict[Any, list[pgtrigger.Trigger]] = {}
    for model, trigger in kept.values():
        by_model.setdefault(model, []).append(trigger)
    unseen = [
        f"{model.__name__}: {setter.name} sets what {looking.name} looks at"
        for model, triggers in by_model.items()
        for setter in triggers
        for looking in triggers
        if looking.name.endswith("_moves") or isinstance(looking, pgtrigger.Protect)
        if sets(model, setter) & columns_of(looking)
        if not columns_of(setter) or not columns_of(setter) <= columns_of(looking)
    ]
    assert unseen == []
