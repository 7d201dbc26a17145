"""Writes the tables that a new database begins with, `*/migrations/_tables.py`, anew.

What the steps lead to that the whole replaces, as one `CreateModel` for each model. Started by
`./test tables`, after steps were added to the list of what the whole replaces.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import django
from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import OperationWriter

Key = tuple[str, str]

APPS = ["pmhub", "programmes", "projects", "benefits"]
WHOLE = ("benefits", "0001_squashed_0023_whole")
PAGE = '''\
"""The tables of {app} as {last} leaves them: see {whole}."""

{imports}

MODELS = [
{models}
]
'''


def replaced() -> list[Key]:
    """Return the steps that the whole replaces."""
    return list(import_module("{}.migrations.{}".format(*WHOLE)).Migration.replaces)


def last(app: str) -> Key:
    """Return the last step of an app that the whole replaces."""
    return max(key for key in replaced() if key[0] == app)


def state() -> ProjectState:
    """Return the models to which the replaced steps lead, run one after the other."""
    steps = MigrationLoader(None, replace_migrations=False)
    with patch.object(ProjectState, "rename_field", renamed_in_place(ProjectState.rename_field)):
        return steps.project_state([last(app) for app in APPS])


def renamed_in_place(rename: Callable[..., None]) -> Callable[..., None]:
    """Return a function that renames a field and leaves it in its place among the fields, as
    PostgreSQL does with a column."""

    def renamed(state: ProjectState, app: str, model: str, old: str, new: str) -> None:
        names = [new if name == old else name for name in state.models[app, model].fields]
        rename(state, app, model, old, new)
        fields = state.models[app, model].fields
        state.models[app, model].fields = {name: fields[name] for name in names}

    return renamed


def made(model: ModelState) -> CreateModel:
    """Return the operation that creates a model, with everything that it has after the last
    step."""
    options = {name: value for name, value in model.options.items() if value not in ([], set())}
    return CreateModel(model.name, list(model.fields.items()), options, model.bases, model.managers)


def page(app: str, models: Iterable[ModelState]) -> str:
    """Return the module that makes the models of an app."""
    written = [OperationWriter(made(model), indentation=1).serialize() for model in models]
    needed = {line for _, imports in written for line in imports}
    return PAGE.format(
        app=app,
        last=last(app)[1],
        whole="{}/migrations/{}.py".format(*WHOLE),
        imports="\n".join(sorted(imports(needed), key=str.split)),
        models="\n".join(text for text, _ in written),
    )


def imports(needed: set[str]) -> set[str]:
    """Return the imports, with the two of Django as one line, as Django itself writes them."""
    both = {"from django.db import migrations", "from django.db import models"}
    return (needed - both) | {"from django.db import migrations, models"}


def write() -> None:
    """Write the tables of every app."""
    django.setup()
    models = state().models.values()
    for app in APPS:
        file = Path(apps.get_app_config(app).path, "migrations", "_tables.py")
        file.write_text(page(app, (model for model in models if model.app_label == app)))


if __name__ == "__main__":
    write()
