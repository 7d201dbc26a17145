"""`manage.py migrate`, as Django's, in a third of the time.

For each model, field and constraint that is added or removed, Django renders the model anew with
all models related to it. That takes most of the time of a migration. Here only the models that name
the class are rendered anew, and additions are made to the rendered models. An old class therefore
does not know the models that refer to it later. Django asks for these only where the type of a key
changes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.state import ProjectState

from programmes.rollup.requests import request_after_upgrade

STATE: Any = ProjectState
BOUNDS = ("statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout")


class Command(migrate.Command):
    """Migrates with fewer models rendered and without the time limits of requests."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then request the recompute of figures that rules of an earlier version made."""
        with patiently(options["database"]), quickly():
            super().handle(*args, **options)
        if not any(options[name] for name in ("app_label", "plan", "check_unapplied")):
            request_after_upgrade()


@contextmanager
def patiently(alias: str) -> Iterator[None]:
    """Inside the block, let a statement take as long as a large table needs: the limits meant for
    requests would break off a migration. Waiting for a lock keeps its limit."""
    with connections[alias].cursor() as cursor:
        cursor.execute(";".join(f"SET {bound} = 0" for bound in BOUNDS))
    yield
    with connections[alias].cursor() as cursor:
        cursor.execute(";".join(f"RESET {bound}" for bound in BOUNDS))


@contextmanager
def quickly() -> Iterator[None]:
    """Inside the block, render no more models anew than necessary when a state of migrations
    changes."""
    patches: dict[str, Any] = {
        "_find_reload_model": to_draw,
        "add_field": with_field(STATE.add_field),
        "_append_option": with_option(STATE._append_option),
        "_alter_option": with_option(STATE._alter_option),
        "_remove_option": with_option(STATE._remove_option),
    }
    with patch.multiple(STATE, **patches):
        yield


def to_draw(state: Any, app: str, model: str, delay: bool = False) -> set[tuple[str, str]]:
    """Return the keys of a model, of the models that derive from it or refer to it, of those that
    do so to these, and so on."""
    naming: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for drawn in state.apps.get_models(include_auto_created=True):
        for named in classes_named(drawn):
            naming[key_of(named)].append(key_of(drawn))
    keys, new = set(), [(app, model)]
    while new:
        key = new.pop()
        if key not in keys:
            keys.add(key)
            new += naming[key]
    return keys


def classes_named(model: Any) -> Iterator[Any]:
    """Return the classes of models that a model derives from or refers to."""
    yield from (base for base in model.__bases__ if hasattr(base, "_meta"))
    fields = [*model._meta.local_fields, *model._meta.local_many_to_many]
    yield from (field.related_model for field in fields if field.is_relation)


def key_of(model: Any) -> tuple[str, str]:
    """Return the key of a model in a state of migrations."""
    return model._meta.app_label, model._meta.model_name


@contextmanager
def without_rendered_models(state: Any) -> Iterator[None]:
    """Inside the block, render no model anew: hide the rendered models from the state."""
    drawn = vars(state).pop("apps", None)
    yield
    if drawn is not None:
        state.apps = drawn


def with_field(add: Callable[..., None]) -> Callable[..., None]:
    """Return a method that adds a field to a model's state and to the rendered model."""

    def added(state: Any, app: str, model: str, name: str, *how: Any) -> None:
        with without_rendered_models(state):
            add(state, app, model, name, *how)
        if "apps" not in vars(state):
            return
        drawn = state.apps.get_model(app, model)
        if drawn._meta.apps is state.apps:
            drawn.add_to_class(name, state.models[app, model].fields[name].clone())
        else:  # rendered for the state that this one was copied from, and so without newer models
            state.reload_model(app, model)

    return added


def with_option(change: Callable[..., None]) -> Callable[..., None]:
    """Return a method that changes the indexes or constraints of a model's state and of the
    rendered model."""

    def changed(state: Any, app: str, model: str, option: str, *how: Any) -> None:
        with without_rendered_models(state):
            change(state, app, model, option, *how)
        if "apps" in vars(state):
            options = state.models[app, model].options
            setattr(state.apps.get_model(app, model)._meta, option, [*options[option]])

    return changed
