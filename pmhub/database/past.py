"""The past: rows as they were at a moment, for the very code that reads them now.

A schema `past` holds a view of the same name and columns for each table that has a history. Within
`with as_at(moment):` that schema comes first in the search path, so that every queryset, compiled
statement and rule reads what was known then; nothing is written twice. Tables without a view are
read as they are: users, sessions and role assignments, for today's rights rule over yesterday's
rows.

A view shows the latest event of each id up to the moment, unless that is a deletion. Tables of
intervals (`valid_from`, `valid_to`) are their own history: of these, what was recorded up to the
moment, with what was closed later open again.

Time is a parameter like any other: `now()` and `Now()` say that moment too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone

from pmhub.database import replica

SCHEMA = "past"
SETTING = "pmhub.as_of"
MOMENT = f"current_setting('{SETTING}')::timestamptz"
OF_NOW = ("RoleAssignment",)  # rights are those of today

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


class Now(models.Func):
    """The clock in SQL; within `as_at`, its moment."""

    template = f"COALESCE(NULLIF(current_setting('{SETTING}', true), '')::timestamptz, now())"
    output_field = models.DateTimeField()


def now() -> datetime:
    """The clock; within `as_at`, its moment."""
    return _moment.get() or timezone.now()


def is_past() -> bool:
    """Return whether rows are read as they were."""
    return _moment.get() is not None


@contextmanager
def as_at(moment: datetime | None) -> Iterator[None]:
    """Read rows as they were at a moment. With None, rows are read as they are now, also inside
    another `as_at`.

    A queryset must be evaluated inside the block. Nothing can be written inside it.
    """
    if moment == _moment.get():
        yield
        return
    token = _moment.set(moment)
    here = replica.alias()
    try:
        with transaction.atomic(here):
            _look(moment)
            try:
                yield
            finally:
                # Undoes the settings too, in a savepoint as in a transaction of its own.
                transaction.set_rollback(True, here)
    finally:
        _moment.reset(token)


def _look(moment: datetime | None) -> None:
    with replica.connection().cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY; SET LOCAL search_path TO DEFAULT")
        if moment is None:
            cursor.execute(f"SET LOCAL {SETTING} TO ''")
        else:
            cursor.execute(
                "SELECT set_config('search_path', %s || ', ' || current_setting('search_path'),"
                " true), set_config(%s, %s, true)",
                [SCHEMA, SETTING, moment.isoformat()],
            )


# The views


def forget(**kwargs: Any) -> None:
    """Drop the views, which would keep migrations from changing the columns they show."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def remember(plan: Any = None, **kwargs: Any) -> None:
    """Make the views anew, of tables as they are after a migration."""
    if plan is None:  # tables were emptied, not migrated
        return
    forget()
    with connection.cursor() as cursor:
        columns = _columns(cursor)
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        for name, select in _views(columns):
            cursor.execute(f'CREATE VIEW {SCHEMA}."{name}" AS {select}')


def _columns(cursor: Any) -> dict[str, dict[str, str]]:
    """The columns of each table with their types: those that are there, whatever models say, for
    a migration may have been to an earlier state."""
    cursor.execute(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace"
        " ORDER BY c.relname, a.attnum"
    )
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in cursor.fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def _views(columns: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    """Name and SQL of each view."""
    for model in apps.get_models():
        table = model._meta.db_table
        events = getattr(model, "pgh_event_model", None)
        if model._meta.proxy or table not in columns or model.__name__ in OF_NOW:
            continue
        if events is None:
            if {"valid_from", "valid_to"} <= columns[table].keys():
                yield table, _interval(table, columns[table])
        elif (kept := events._meta.db_table) in columns:
            yield table, _latest(kept, _shown(columns[table], columns[kept], kept))
            for field in model._meta.local_many_to_many:
                if field.name in columns[kept]:
                    yield field.m2m_db_table(), _latest(kept, _listed(field))


def _latest(events: str, shown: str) -> str:
    """Of each id the latest event up to the moment, unless it is a deletion.

    An anti-join, so that a condition on a column is looked for in the events themselves.
    """
    return (
        f'SELECT {shown} FROM "{events}" e'  # noqa: S608  # our own names
        f" WHERE e.pgh_created_at <= {MOMENT} AND e.pgh_label <> 'delete'"
        f' AND NOT EXISTS (SELECT FROM "{events}" l WHERE l.id = e.id AND l.pgh_id > e.pgh_id'
        f" AND l.pgh_created_at <= {MOMENT})"
    )


def _shown(columns: dict[str, str], kept: dict[str, str], events: str) -> str:
    """The columns of the table, as the event has them; what it leaves out, it says itself."""
    said = {
        "created_at": f'(SELECT min(f.pgh_created_at) FROM "{events}" f WHERE f.id = e.id)',  # noqa: S608  # our own names
        "updated_at": "e.pgh_created_at",
    }
    said |= {column: f'e."{column}"' for column in kept}
    return ", ".join(
        f'{said.get(column, "NULL")}::{kind} AS "{column}"' for column, kind in columns.items()
    )


def _listed(field: Any) -> str:
    """The rows of a list of the record."""
    return (
        f'NULL::bigint AS id, e.id AS "{field.m2m_column_name()}",'
        f' unnest(e."{field.name}") AS "{field.m2m_reverse_name()}"'
    )


def _interval(table: str, columns: dict[str, str]) -> str:
    """Rows of intervals as they were: in branches, so that each is found by its own index."""
    rest = ", ".join(f'"{column}"' for column in columns if column != "valid_to")
    began = f'FROM "{table}" WHERE valid_from <= {MOMENT}'
    return " UNION ALL ".join(
        f"SELECT {rest}, {end}::timestamptz AS valid_to {began} AND {condition}"  # our own names
        for end, condition in (
            ("NULL", "valid_to IS NULL"),
            ("NULL", f"valid_to > {MOMENT}"),
            ("valid_to", f"valid_to <= {MOMENT}"),
        )
    )
