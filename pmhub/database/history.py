"""History: whatever changes a row of a source table leaves an event, written by a trigger.

An event holds the row as it was after the change (for a deletion, before it), so the difference to
the event before says what was changed. It also holds its context: the user, the path, the request
and, where given, the person it was done for and the reason. Plain SQL has no context. Statement
triggers write the events of a bulk change in one go.

Events are plain data: the ids in them are no foreign keys, and outlive what they name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pghistory
import pghistory.models
import pghistory.trigger
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmhub.audit import triggers
from pmhub.database import touch_triggers
from pmhub.database.active_people import in_use_in_list

# Columns that events leave out, for an event has its own moment and user.
STAMPS = ("created_at", "created_by", "updated_at", "updated_by")

# SQL for what `through` and the middleware have set; evaluated once in a statement.
CONTEXT = "(SELECT NULLIF(current_setting('pghistory.context_metadata', true), '')::jsonb)"
FOR_GOOD = "for_good"  # key in the context of a deletion that cannot be undone
USER = f"({CONTEXT} ->> 'user')::bigint"  # SQL for the id of the account that writes
# SQL for whether others than the writer approved the write.
APPROVED = f"coalesce(({CONTEXT} ->> 'approved')::boolean, FALSE)"


class WritePath(models.TextChoices):
    """The path by which a change came."""

    PAGE = "page", _("Page")
    REST = "rest", _("REST")
    ADMIN = "admin", _("Admin")
    IMPORT = "import", _("Import")
    SQL = "sql", _("SQL")


class Event(pghistory.models.Event):
    """A change to a row. Ids ascend in the order of the changes."""

    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True


class _Trigger(pghistory.trigger.Event):
    """Writes one event for each row that a statement changes, with the current context."""

    def get_func(self, model: Any) -> pgtrigger.Func:
        rows = "old_values" if self.row == "OLD" else "new_values"
        return pgtrigger.Func(_insert(self.event_model, str(self.label), rows, f"{{cond_{rows}}}"))

    def get_func_template_kwargs(self, model: Any) -> dict[str, Any]:
        """Compare by a full join, which cannot run as a nested loop: a session plans a trigger
        once, often for a change of one row, and the plan that is best for one compares each row of
        a later bulk change with each."""
        given = super().get_func_template_kwargs(model)
        return given | {
            key: given[key].replace(" JOIN ", " FULL JOIN ")
            for key in ("cond_joined_values", "cond_old_values", "cond_new_values")
        }


class _Tracker(pghistory.RowEvent):
    """Installs `_Trigger` in place of pghistory's own trigger."""

    level = pghistory.Statement

    def add_event_trigger(self, event_model: Any) -> None:
        trigger = _Trigger(
            name=f"history_{self.label}",
            event_model=event_model,
            label=self.label,
            row=self.row,
            operation=self.operation,
            condition=self.condition,
            level=self.level,
        )
        pgtrigger.register(trigger)(event_model.pgh_tracked_model)


class _Created(_Tracker, pghistory.InsertEvent):
    """The creation of a row."""


class _Changed(_Tracker, pghistory.UpdateEvent):
    """An update that changes a column other than those that every update changes."""

    condition = pgtrigger.AnyChange(exclude=["id", "version"])


class _Deleted(_Tracker, pghistory.DeleteEvent):
    """The deletion of a row."""


def _insert(event_model: Any, label: str, row: str, source: str) -> str:
    """Return SQL that writes an event with this label for each row of `source`, where `row` is the
    alias of the rows."""
    values = {
        field.column: _lists(event_model, field.name, row) or f'{row}."{field.column}"'
        for field in event_model._meta.fields
        if not field.name.startswith("pgh_")
    }
    values |= {
        "pgh_created_at": "clock_timestamp()",
        "pgh_label": f"'{label}'",
        "pgh_context": CONTEXT,
    }
    columns = ", ".join(f'"{column}"' for column in values)
    return (
        f'INSERT INTO "{event_model._meta.db_table}" ({columns})'  # noqa: S608  # our own names
        f" SELECT {', '.join(values.values())} FROM {source}; RETURN NULL;"
    )


def _lists(event_model: Any, name: str, row: str) -> str:
    """Return SQL for the ids in the row's list of this name; empty if the field is no list."""
    for field in event_model.pgh_tracked_model._meta.local_many_to_many:
        if field.name == name:
            return (
                f'ARRAY(SELECT "{field.m2m_reverse_name()}" FROM "{field.m2m_db_table()}"'  # noqa: S608  # our own names
                f' WHERE "{field.m2m_column_name()}" = {row}."id" ORDER BY 1)'
            )
    return ""


def keep(model: type[models.Model]) -> None:
    """Keep the history of the model's table: give the model its event model (see `events_of`) and
    its triggers."""
    kept = [field for field in model._meta.concrete_fields if field.name not in STAMPS]
    lists = model._meta.local_many_to_many
    event_model = pghistory.create_event_model(
        model,
        *(_Created(), _Changed(), _Deleted()),
        model_name=f"{model.__name__}Event",
        base_model=Event,
        exclude=list(STAMPS),
        attrs={
            **{f.name: _id(db_column=f.column, null=True) for f in kept if f.is_relation},
            **{field.name: ArrayField(_id()) for field in lists},
            "id": _id(),
        },
        meta={"default_permissions": (), "indexes": [_by_record(model), _deletions(model)]},
        obj_field=None,  # type: ignore[arg-type]  # documented to mean that there is none
        context_field=pghistory.ContextJSONField(),
        context_id_field=None,  # type: ignore[arg-type]  # documented to mean that there is none
        abstract=False,
    )
    for field in lists:
        _keep_list(event_model, field)


def _by_record(model: type[models.Model]) -> models.Index:
    """Return the index of the events of each record in their order. By it the event before or after
    another is one look, so that what reads the past grows with the number of events, not with its
    square (for `pmhub/database/past.py`)."""
    return models.Index(fields=["id", "pgh_id"], name=f"{model._meta.model_name}_events")


def _deletions(model: type[models.Model]) -> models.Index:
    """Return the index of deletions by their moment (for `pmhub/queries/tombstones.py`)."""
    return models.Index(
        fields=["pgh_created_at", "id"],
        name=f"{model._meta.model_name}_gone",
        condition=models.Q(pgh_label="delete"),
    )


def _id(**options: Any) -> models.Field:
    """Return a field for an id as a plain number, which is no foreign key."""
    return models.BigIntegerField(**options)


def list_label(model: Any, field: Any) -> str:
    """Return the label of the proxy model that declares the triggers on the table of a list (a
    many-to-many field)."""
    return f"{model._meta.label}{field.name.capitalize()}"


def _keep_list(event_model: Any, field: Any) -> None:
    """Record a change to a list of a record (a many-to-many field) as a change to the record."""
    model = event_model.pgh_tracked_model

    def register(_: Any, table: Any) -> None:
        # Triggers need a model of the migrations, which do not know models that Django makes.
        meta = {"proxy": True, "app_label": model._meta.app_label, "default_permissions": ()}
        name = list_label(model, field).rpartition(".")[2]
        attrs = {"__module__": model.__module__, "Meta": type("Meta", (), meta)}
        proxy: Any = type(name, (table,), attrs)
        pgtrigger.register(
            _listed("insert", pgtrigger.Insert, event_model, field, new="new_values"),
            _listed("delete", pgtrigger.Delete, event_model, field, old="old_values"),
            *touch_triggers.list_triggers(field),
            *triggers.of_list(field),
            *model.list_triggers.get(field.name, ()),
            *([in_use_in_list(field)] if field.name in model.answered_for else []),
        )(proxy)

    names = (model.__name__, f"{model.__name__}_{field.name}")
    made = [(model._meta.app_label, name.lower()) for name in names]
    model._meta.apps.lazy_model_operation(register, *made)


def _listed(
    name: str, operation: pgtrigger.Operation, event_model: Any, field: Any, **tables: str
) -> pgtrigger.Trigger:
    owner, column = event_model.pgh_tracked_model._meta.db_table, field.m2m_column_name()
    (rows,) = tables.values()
    source = f'"{owner}" AS owner WHERE owner."id" IN (SELECT "{column}" FROM {rows})'  # noqa: S608  # our own names
    return pgtrigger.Trigger(
        name=f"history_{name}",
        level=pgtrigger.Statement,
        operation=operation,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(**tables),
        func=_insert(event_model, "update", "owner", source),
    )


def events_of(model: Any) -> Any:
    """Return the event model of a model whose history is kept."""
    return model.pgh_event_model


def through(via: WritePath, *, by: Any = None) -> pghistory.context:
    """`with through(WritePath.IMPORT):` — changes inside the block are recorded as made by this
    path, and by the user `by` if one is given.

    Inside another such block, it changes what that block records.
    """
    user = {} if by is None else {"user": by.pk}
    return pghistory.context(via=via.value, **user)


def for_good() -> pghistory.context:
    """`with for_good():` — records deleted inside the block cannot be restored."""
    return pghistory.context(**{FOR_GOOD: True})


@contextmanager
def without_reason() -> Iterator[None]:
    """Record changes inside the block without a reason, even if a block around it gives one."""
    with pghistory.context() as current:
        reason = current.metadata.pop("reason", None)
        try:
            yield
        finally:
            if reason is not None:
                current.metadata["reason"] = reason


@contextmanager
def because(reason: str, *, for_: str = "", approved: bool = False) -> Iterator[None]:
    """`with because("The site flooded"):` — changes inside the block are recorded with this reason.
    `for_` says for whom they are made, such as `receiver`, if that is somebody else than the user;
    `approved` says that others than the user have decided on them. Inside another such block, an
    empty argument leaves what that block says, which counts again afterwards."""
    said = (("reason", reason.strip()), ("for", for_), ("approved", approved))
    given = {name: value for name, value in said if value}
    with pghistory.context() as current:
        before = dict(current.metadata)
        current.metadata.update(given)
        try:
            yield
        finally:
            current.metadata.clear()
            current.metadata.update(before)
