"""Operations of migrations for many tables at once: they install triggers, add them and take them
away, and add indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pgtrigger
import pgtrigger.migrations
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddIndex
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

# SQL with which each trigger begins: whether the session ignores the trigger. pgtrigger's own
# function raises and catches an error wherever nothing is ignored, which takes longer than most
# triggers.
SHOULD_IGNORE = """
CREATE OR REPLACE FUNCTION "public"._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE RETURN
    coalesce(
        trigger_name = ANY (nullif(current_setting('pgtrigger.ignore', true), '')::text[]), false
    );
"""


def installation(triggers: Iterable[pgtrigger.compiler.Trigger]) -> str:
    """Return the SQL that installs triggers; a statement that several of them need is in it
    once."""
    own = []
    for trigger in triggers:
        named = f"CREATE OR REPLACE FUNCTION {trigger.sql.pgid}()"
        _, function, rest = trigger.install_sql.partition(named)
        own.append(function + rest)
    return "\n".join([SHOULD_IGNORE, *own])


class InstallTriggers(Operation):
    """Install the triggers that new models declare in their options. One operation does it for all
    of a migration, as pgtrigger's own renders the whole project again for each trigger."""

    def __init__(self, models: list[str]) -> None:
        self.models = models

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return the class and arguments that a migration file writes."""
        return type(self).__name__, [], {"models": self.models}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Do nothing: the options of the models in the state declare the triggers already."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create the triggers and their functions."""
        models = [to_state.models[app_label, name.lower()] for name in self.models]
        triggers = (trigger for model in models for trigger in model.options["triggers"])
        schema_editor.execute(installation(triggers), params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Do nothing: the triggers go with their tables."""

    def describe(self) -> str:
        """Return the description that the console shows."""
        return f"Install the triggers of {', '.join(self.models)}"


class AddTriggers(Operation):
    """Add triggers, by model. Like pgtrigger's `AddTrigger`, without rendering the whole project
    anew for each; `makemigrations` writes this one for all of a migration."""

    def __init__(self, triggers: dict[str, list[pgtrigger.compiler.Trigger]]) -> None:
        self.triggers = triggers

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return the class and arguments that a migration file writes."""
        return type(self).__name__, [], {"triggers": self.triggers}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the triggers to the options of the models in the state."""
        for name, triggers in self.triggers.items():
            options = state.models[app_label, name.lower()].options
            options["triggers"] = [*options.get("triggers", []), *triggers]

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create the triggers and their functions."""
        schema_editor.execute(installation(self._each()), params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the triggers."""
        for trigger in self._each():
            schema_editor.execute(trigger.uninstall_sql, params=None)

    def _each(self) -> Iterable[pgtrigger.compiler.Trigger]:
        return (trigger for triggers in self.triggers.values() for trigger in triggers)

    def describe(self) -> str:
        """Return the description that the console shows."""
        return f"Add triggers to {', '.join(self.triggers)}"


class RemoveTriggers(Operation):
    """Remove triggers, by model. Like pgtrigger's `RemoveTrigger`, without rendering the whole
    project anew for each; `makemigrations` writes this one for all of a migration."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        self.names = names

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return the class and arguments that a migration file writes."""
        return type(self).__name__, [], {"names": self.names}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Remove the triggers from the options of the models in the state."""
        for model, names in self.names.items():
            options = state.models[app_label, model.lower()].options
            options["triggers"] = [
                trigger for trigger in options["triggers"] if trigger.name not in names
            ]

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the triggers."""
        for trigger in self._each(app_label, from_state):
            schema_editor.execute(trigger.uninstall_sql, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create the triggers again."""
        schema_editor.execute(installation(self._each(app_label, to_state)), params=None)

    def _each(self, app_label: str, declared: ProjectState) -> Iterable[pgtrigger.compiler.Trigger]:
        return (
            trigger
            for model, names in self.names.items()
            for trigger in declared.models[app_label, model.lower()].options["triggers"]
            if trigger.name in names
        )

    def describe(self) -> str:
        """Return the description that the console shows."""
        return f"Remove triggers from {', '.join(self.names)}"


class AddIndexes(Operation):
    """Add indexes, by model. Like Django's `AddIndex`, without rendering what is related to a model
    anew for each; `makemigrations` writes this one for all of a migration."""

    def __init__(self, indexes: dict[str, list[models.Index]]) -> None:
        self.indexes = indexes

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return the class and arguments that a migration file writes."""
        return type(self).__name__, [], {"indexes": self.indexes}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the indexes to the options of the models in the state."""
        for name, indexes in self.indexes.items():
            options = state.models[app_label, name.lower()].options
            options["indexes"] = [*options.get("indexes", []), *indexes]

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create the indexes."""
        for model, index in self._each(app_label, from_state):
            schema_editor.add_index(model, index)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the indexes."""
        for model, index in self._each(app_label, from_state):
            schema_editor.remove_index(model, index)

    def _each(self, app_label: str, state: ProjectState) -> Iterator[tuple[Any, models.Index]]:
        for name, indexes in self.indexes.items():
            model = state.apps.get_model(app_label, name)
            yield from ((model, index) for index in indexes)

    def describe(self) -> str:
        """Return the description that the console shows."""
        return f"Add indexes to {', '.join(self.indexes)}"


class DropKeyIndexes(Operation):
    """Drop the indexes of keys that begin another index: of `keys` by model, and of the rows behind
    `lists` by model. Like Django's `AlterField`, without rendering anything anew."""

    DROP = """
DO $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT i.indexrelid FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        JOIN (VALUES {places}) place(home, key)
            ON i.indrelid = to_regclass(place.home) AND a.attname = place.key
        WHERE i.indnkeyatts = 1 AND NOT i.indisunique AND i.indpred IS NULL
    LOOP
        EXECUTE format('DROP INDEX %s', found);
    END LOOP;
END $$;
"""

    def __init__(self, keys: dict[str, list[str]], lists: dict[str, list[str]]) -> None:
        self.keys, self.lists = keys, lists

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return the class and arguments that a migration file writes."""
        return type(self).__name__, [], {"keys": self.keys, "lists": self.lists}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Declare that the keys have no index."""
        for model, name in _pairs(self.keys):
            field: Any = state.models[app_label, model].fields[name].clone()
            field.db_index = False
            state.models[app_label, model].fields[name] = field

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop the indexes, whatever they are called."""
        places = ", ".join(f"('{table}', '{column}')" for table, column in self._places(app_label))
        schema_editor.execute(self.DROP.format(places=places), params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Make the indexes again."""
        for table, column in self._places(app_label):
            schema_editor.execute(f'CREATE INDEX ON "{table}" ("{column}")')

    def _places(self, app: str) -> Iterator[tuple[str, str]]:
        """Yield the tables and columns of the keys."""
        yield from ((f"{app}_{model}", f"{name}_id") for model, name in _pairs(self.keys))
        for model, name in _pairs(self.lists):
            yield f"{app}_{model}_{name}", f"{model}_id"

    def describe(self) -> str:
        """Return the description that the console shows."""
        return "Drop the indexes of keys that begin another index"


def _pairs(names: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    return ((model, name) for model, its in names.items() for name in its)


def gathered(operations: Iterable[Operation]) -> list[Operation]:
    """Return the operations with all that remove a trigger joined into one at the start, and all
    that add an index, and all that add a trigger, joined into one each at the end."""
    rest: list[Operation] = []
    gone: dict[str, list[str]] = {}
    new: dict[str, list[Any]] = {}
    indexes: dict[str, list[models.Index]] = {}
    for operation in operations:
        if isinstance(operation, pgtrigger.migrations.RemoveTrigger):
            gone.setdefault(operation.model_name, []).append(operation.name)
        elif isinstance(operation, pgtrigger.migrations.AddTrigger):
            new.setdefault(operation.model_name, []).append(operation.trigger)
        elif isinstance(operation, AddIndex):
            indexes.setdefault(operation.model_name, []).append(operation.index)
        else:
            rest.append(operation)
    removing = [RemoveTriggers(gone)] if gone else []
    adding = [*([AddIndexes(indexes)] if indexes else []), *([AddTriggers(new)] if new else [])]
    return [*removing, *rest, *adding]
