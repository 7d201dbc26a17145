"""The triggers that write touches (`pmhub/database/touches.py`), on the table of every record, on
those of its lists, and on those of what is computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import pgtrigger
from django.db import models

from pmhub.database.touches import (
    EVERYWHERE,
    TABLE,
    home_of,
    shown_columns,
    topic_of,
    touched,
)

M = TypeVar("M", bound=models.Model)


def triggers(model: Any) -> list[pgtrigger.Trigger]:
    """Return the triggers on the table of a model that write its touches."""
    touched.add(model)
    columns = {
        model._meta.get_field(name).column: topic_of(model._meta.get_field(name).remote_field.model)
        for name in model.visible_through
    }
    if model.grant_kind:
        columns["id"] = topic_of(model)
    # The names of roots are listed whatever they belong to.
    named = [EVERYWHERE, *([home_of(topic_of(model))] if model.grant_kind else [])]
    entering = [f"SELECT '{topic}', 0 FROM new_rows" for topic in named if model.grant_kind]  # noqa: S608  # our own names
    leaving = [f"SELECT '{topic}', 0 FROM old_rows" for topic in named]  # noqa: S608  # our own names
    return [
        _touching("insert", pgtrigger.Insert, model, columns, entering, new="new_rows"),
        _touching(
            "update", pgtrigger.Update, model, columns, _renamed(shown_columns(model), named),
            old="old_rows", new="new_rows",
        ),
        _touching("delete", pgtrigger.Delete, model, columns, leaving, old="old_rows"),
        pgtrigger.Trigger(
            name="touch_truncate",
            level=pgtrigger.Statement,
            operation=pgtrigger.Truncate,
            when=pgtrigger.After,
            func=_insert(f"SELECT '{topic}', 0" for topic in (*named, topic_of(model))),
        ),
    ]  # fmt: skip


def leaves_touches(model: type[M]) -> type[M]:
    """Decorate the model of a table that is no record's, such as figures that are computed: each
    statement that writes to the table touches it as a whole, and nothing else."""
    touched.add(model)
    return pgtrigger.register(
        pgtrigger.Trigger(
            name="touch",
            level=pgtrigger.Statement,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
            when=pgtrigger.After,
            func=_insert([f"SELECT '{topic_of(model)}', 0"]),
        )
    )(model)


def list_triggers(field: Any) -> list[pgtrigger.Trigger]:
    """Return the triggers on the table of a list (a many-to-many field); a change to the list
    touches its record."""
    owner = field.model
    columns = {field.m2m_column_name(): topic_of(owner)}
    return [
        _touching("insert", pgtrigger.Insert, owner, columns, new="new_rows"),
        _touching("delete", pgtrigger.Delete, owner, columns, old="old_rows"),
    ]


def _touching(
    name: str,
    operation: pgtrigger.Operation,
    model: Any,
    columns: dict[str, str],
    also: Iterable[str] = (),
    **tables: str,
) -> pgtrigger.Trigger:
    changed = " UNION ALL ".join(f"SELECT FROM {rows}" for rows in tables.values())
    selects = [
        f"SELECT '{topic_of(model)}', 0 WHERE EXISTS ({changed})",
        *(
            f"SELECT '{topic}', {column} FROM {rows} WHERE {column} IS NOT NULL"  # noqa: S608  # our own names
            for column, topic in columns.items()
            for rows in tables.values()
        ),
        *also,
    ]
    return pgtrigger.Trigger(
        name=f"touch_{name}",
        level=pgtrigger.Statement,
        operation=operation,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(**tables),
        func=_insert(selects),
    )


def _renamed(columns: Sequence[str], topics: Sequence[str]) -> list[str]:
    """Return SQL that touches these topics if an updated row differs in one of the columns. Its
    full join cannot run as a nested loop: a plan for one row is used for ten thousand."""
    if not columns:
        return []
    before, after = (", ".join(f"{row}.{column}" for column in columns) for row in "on")
    rows = "old_rows o FULL JOIN new_rows n ON n.id = o.id"
    further = ", ".join(f"('{topic}')" for topic in topics[1:])
    each = f" CROSS JOIN (VALUES ('{topics[0]}'), {further}) t (topic)" if further else ""
    topic = "t.topic" if further else f"'{topics[0]}'"
    return [f"SELECT {topic}, 0 FROM {rows}{each} WHERE ({before}) IS DISTINCT FROM ({after})"]  # noqa: S608  # our own names


def _insert(selects: Iterable[str]) -> str:
    return f"INSERT INTO {TABLE} (topic, object_id) {' UNION '.join(selects)}; RETURN NULL;"
