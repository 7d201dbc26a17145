"""The triggers that keep the table `pmhub_searchentry`: the names of all records in one table, so
that a search takes one index instead of a query to each register.

A row holds the code and the name as people read them, and the words as a search compares them,
which include the texts of custom fields. The table says nothing about who may see a record: the
search asks that of the record itself, so that no row changes when a record moves or a role is
given.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pgtrigger

from pmhub.database.custom import COLUMN, ENTITIES, FIELDS

TABLE = "pmhub_searchentry"
CALLED = ("name", "title", "deliverable")  # fields that hold a record's name
TEXTS = ("text", "choice")  # types of custom fields that are searched


@cache
def columns(model: Any) -> tuple[str, ...]:
    """Return the columns by which records of a model are searched: the code, if they have one, and
    the name, or without a name the text; none if records of the model are not searched."""
    names = [field.name for field in model._meta.local_fields]
    coded = [name for name in ("code",) if name in names]
    texts = [name for name in (*CALLED, *(("text",) if coded else ())) if name in names]
    return (*coded, *texts[:1]) if model.sought else ()


def triggers(model: Any) -> list[pgtrigger.Trigger]:
    """Return the triggers on the table of a model that keep its rows in the search table."""
    if not columns(model):
        return []
    kind = f"kind = '{model._meta.model_name}'"
    gone = f"DELETE FROM {TABLE} WHERE {kind}"  # noqa: S608  # our own names
    changed = _changed(model)
    return [
        _trigger("insert", pgtrigger.Insert, f"{entering_sql(model, 'new_rows')};", new="new_rows"),
        _trigger(
            "update",
            pgtrigger.Update,
            f"IF EXISTS (SELECT {changed}) THEN {_planned(_followed(model, changed))} END IF;",
            old="old_rows",
            new="new_rows",
        ),
        _trigger(
            "delete",
            pgtrigger.Delete,
            _planned(f"{gone} AND object_id IN (SELECT id FROM old_rows)"),  # noqa: S608  # our own names
            old="old_rows",
        ),
        _trigger("truncate", pgtrigger.Truncate, f"{gone};"),
    ]


def entering_sql(model: Any, rows: str) -> str:
    """Return the SQL that enters rows of a model into the search table."""
    return (
        f"INSERT INTO {TABLE} (kind, object_id, code, name, words, archived)"  # noqa: S608  # our own names
        f" SELECT '{model._meta.model_name}', n.id, {', '.join(_values(model))} FROM {rows} n"
    )


def _planned(sql: str) -> str:
    """Return SQL that is planned at each call: otherwise it would be planned once, often for one
    row of a small table, and the plan used for ten thousand rows."""
    return f"EXECUTE $search${sql}$search$;"


def _followed(model: Any, changed: str) -> str:
    values = ", ".join(_values(model))
    return (
        f"UPDATE {TABLE} s SET (code, name, words, archived) = ROW(c.code, c.name, c.words,"  # noqa: S608  # our own names
        " c.archived)"
        f" FROM (SELECT n.id, {values} {changed}) AS c (id, code, name, words, archived)"
        f" WHERE s.kind = '{model._meta.model_name}' AND s.object_id = c.id"
    )


def _values(model: Any) -> tuple[str, str, str, str]:
    """Return SQL about a row `n`: its code, its name, its words and whether it is archived."""
    code, name = "''", "''"
    for column in columns(model):
        code, name = (f"n.{column}", name) if column == "code" else (code, f"n.{column}")
    archived = "n.archived_at IS NOT NULL" if _archives(model) else "false"
    return code, name, f"pmhub_plain({code} || ' ' || {name}{_custom(model)})", archived


def _custom(model: Any) -> str:
    """Return SQL that appends the texts of the custom fields of a row `n` to its name."""
    kind = model._meta.model_name
    if kind not in ENTITIES:
        return ""
    types = ", ".join(f"'{type}'" for type in TEXTS)
    is_text = f"f.entity = '{kind}' AND f.name = c.key AND f.type IN ({types})"
    texts = (
        "SELECT ' ' || string_agg(c.value, ' ' ORDER BY c.key)"  # noqa: S608  # our own names
        f" FROM jsonb_each_text(n.{COLUMN}) c"
        f" WHERE EXISTS (SELECT FROM {FIELDS} f WHERE {is_text})"
    )
    return f" || coalesce(({texts}), '')"


def _changed(model: Any) -> str:
    """Return SQL, from FROM on, for the updated rows whose search entry changes. It uses a full
    join, which cannot run as a nested loop, however few rows it was planned for."""
    custom = [COLUMN] if model._meta.model_name in ENTITIES else []
    columns_shown = (*columns(model), *custom, *(["archived_at"] if _archives(model) else []))
    before, after = (", ".join(f"{row}.{name}" for name in columns_shown) for row in "on")
    return (
        "FROM new_rows n FULL JOIN old_rows o ON o.id = n.id"
        f" WHERE ({after}) IS DISTINCT FROM ({before})"
    )


def _archives(model: Any) -> bool:
    return any(field.name == "archived_at" for field in model._meta.local_fields)


def _trigger(
    name: str, operation: pgtrigger.Operation, func: str, **tables: str
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"search_{name}",
        level=pgtrigger.Statement,
        operation=operation,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(**tables) if tables else None,
        func=f"{func} RETURN NULL;",
    )
