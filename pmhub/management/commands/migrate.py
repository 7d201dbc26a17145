"""`manage.py migrate`, as Django's, in half the time.

Django draws a model anew, with all that are related to it, for each model, field and constraint
that comes or goes, which is most of what migrating takes. What comes is added to the models as they
are drawn.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState

STATE: Any = ProjectState


class Command(migrate.Command):
    """Migrates quickly."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate."""
        patches: dict[str, Any] = {
            "add_model": with_model(STATE.add_model),
            "add_field": with_field(STATE.add_field),
            "_append_option": with_option(STATE._append_option),
            "_remove_option": with_option(STATE._remove_option),
        }
        with patch.multiple(STATE, **patches):
            super().handle(*args, **options)


@contextmanager
def nothing_drawn(state: Any) -> Iterator[None]:
    """A while in which nothing is drawn anew."""
    drawn = vars(state).pop("apps", None)
    yield
    if drawn is not None:
        state.apps = drawn


def with_model(add: Callable[..., None]) -> Callable[..., None]:
    """Return what adds a model to those that are drawn; none of them can be related to it yet."""

    def added(state: Any, model: Any) -> None:
        with nothing_drawn(state):
            add(state, model)
        if "apps" in vars(state):
            state.apps.render_multiple([model])

    return added


def with_field(add: Callable[..., None]) -> Callable[..., None]:
    """Return what adds a field to a model as it is drawn."""

    def added(state: Any, app: str, model: str, name: str, *how: Any) -> None:
        with nothing_drawn(state):
            add(state, app, model, name, *how)
        if "apps" in vars(state):
            field = state.models[app, model].fields[name].clone()
            state.apps.get_model(app, model).add_to_class(name, field)

    return added


def with_option(change: Callable[..., None]) -> Callable[..., None]:
    """Return what changes the indexes or constraints of a model as it is drawn."""

    def changed(state: Any, app: str, model: str, option: str, value: Any) -> None:
        with nothing_drawn(state):
            change(state, app, model, option, value)
        if "apps" in vars(state):
            options = state.models[app, model].options
            setattr(state.apps.get_model(app, model)._meta, option, [*options[option]])

    return changed
