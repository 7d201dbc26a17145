"""The triggers that keep `pmhub_searchentry`: what each record is called, in one table, so that one
index answers what would otherwise be asked of every register.

A row holds the code and the name as people read them, and the words as a search compares them:
those of the texts of its custom fields too.
Whoever may see it is asked of the record itself, in the statement that searches: nothing here
follows a record that moves, or a role that is given.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pgtrigger

from pmhub.database.custom import COLUMN, ENTITIES, FIELDS

TABLE = "pmhub_searchentry"
CALLED = ("name", "title", "deliverable")  # fields by which people call a record
TEXTS = ("text", "choice")  # the types of custom fields of which words are searched


@cache
def columns(model: Any) -> tuple[str, ...]:
    """Return the columns that hold what records of a model are called: the code, if they have one,
    and the name, or else what they say; none where nobody looks for them by either."""
    names = [field.name for field in model._meta.local_fields]
    coded = [name for name in ("code",) if name in names]
    said = [name for name in (*CALLED, *(("text",) if coded else ())) if name in names]
    return (*coded, *said[:1]) if model.sought else ()


def triggers(model: Any) -> list[pgtrigger.Trigger]:
    """Return the triggers by which the search table follows the table of a record."""
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
    """SQL that is planned each time: a plan is else made once, often for one row of a small table,
    and kept for ten thousand."""
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
    """SQL of a row `n`: its code, its name, the words of both and whether it is archived."""
    code, name = "''", "''"
    for column in columns(model):
        code, name = (f"n.{column}", name) if column == "code" else (code, f"n.{column}")
    archived = "n.archived_at IS NOT NULL" if _archives(model) else "false"
    return code, name, f"pmhub_plain({code} || ' ' || {name}{_custom(model)})", archived


def _custom(model: Any) -> str:
    """SQL for what follows on the name: the texts of custom fields of a row `n`."""
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
    """SQL for the rows of which another thing is said now, from FROM on. A full join cannot run as
    a nested loop, whatever it was planned for."""
    custom = [COLUMN] if model._meta.model_name in ENTITIES else []
    said = (*columns(model), *custom, *(["archived_at"] if _archives(model) else []))
    before, after = (", ".join(f"{row}.{name}" for name in said) for row in "on")
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
