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

That is what was *known* then. What was *true* then is today's knowledge of a day: `with
as_at(end_of_day, on=day):` puts a schema `true_then` before `past`. A model with `true_from`, the
day from which a row is true, shows today's rows up to the day. Columns in its `true_columns` are
worked out from today's row. Everything without a date is read as it was at the end of the day.
Computed tables show the figures that were computed from all this and given to `hold`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone

from pmhub.database import replica
from pmhub.reading_clock import READ, moment

SCHEMA = "past"
SETTING = "pmhub.as_of"
MOMENT = f"current_setting('{SETTING}')::timestamptz"
OF_NOW = ("RoleAssignment",)  # read as today: rights do not follow the past
TRUE = "true_then"
DAY = "pmhub.on"
ON = f"current_setting('{DAY}')::date"
# Followed by the name of a table: the setting with the rows computed for the day, as JSON.
HELD = "pmhub.held_"


class Now(models.Func):
    """The clock in SQL; within `as_at`, its moment."""

    template = f"COALESCE(NULLIF(current_setting('{SETTING}', true), '')::timestamptz, now())"
    output_field = models.DateTimeField()


def now() -> datetime:
    """The clock; within `as_at`, its moment."""
    return moment() or timezone.now()


def is_past() -> bool:
    """Return whether rows are read as they were at a moment in the past."""
    return moment() is not None


def schemas() -> str:
    """Return the schemas in which tables are looked for first; empty while rows are read as they
    are now."""
    at, on = READ.get()
    return "" if at is None else f"{TRUE}, {SCHEMA}" if on else SCHEMA


@contextmanager
def as_at(at: datetime | None, on: date | None = None) -> Iterator[None]:
    """Read rows as they were at a moment. With `on`, the day that ends at that moment, read what is
    known today to have been true on that day. With None, read rows as they are now, also inside
    another `as_at`.

    A queryset must be evaluated inside the block. Nothing can be written inside it.
    """
    if (at, on) == READ.get():
        yield
        return
    token = READ.set((at, on))
    here = replica.alias()
    try:
        with transaction.atomic(here):
            _look()
            try:
                yield
            finally:
                # Undoes the settings too, both in a savepoint and in a transaction.
                transaction.set_rollback(True, here)
    finally:
        READ.reset(token)


def hold(table: str, rows: str) -> None:
    """Make a table of computed rows show these rows (a list as JSON) within `as_at(…, on=day)`."""
    with replica.connection().cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [HELD + table, rows])


def _look() -> None:
    """Have this transaction read only, and as of the moment that is read."""
    at, on = READ.get()
    begin = "SET TRANSACTION READ ONLY; SET LOCAL search_path TO DEFAULT; "
    with replica.connection().cursor() as cursor:
        if at is None:
            cursor.execute(f"{begin}SET LOCAL {SETTING} TO ''")
        else:
            cursor.execute(
                f"{begin}SELECT set_config('search_path', %s || ', ' ||"  # our own names
                " current_setting('search_path'), true), set_config(%s, %s, true),"
                " set_config(%s, %s, true)",
                [schemas(), SETTING, at.isoformat(), DAY, on.isoformat() if on else ""],
            )


# Views of what was known


def forget(**kwargs: Any) -> None:
    """Drop the views: while they exist, a migration cannot change the columns that they show."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {TRUE}, {SCHEMA} CASCADE")


def remember(plan: Any = None, **kwargs: Any) -> None:
    """Create the views again, for the tables as a migration left them."""
    if plan is None:  # the tables were emptied, not migrated
        return
    forget()
    with connection.cursor() as cursor:
        columns = _columns(cursor)
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        for name, select in _views(columns):
            cursor.execute(f'CREATE VIEW {SCHEMA}."{name}" AS {select}')
        cursor.execute(f"CREATE SCHEMA {TRUE}")
        for name, select in _true_views(columns):
            cursor.execute(f'CREATE VIEW {TRUE}."{name}" AS {select}')


def _columns(cursor: Any) -> dict[str, dict[str, str]]:
    """Return the columns of each table with their types. They are read from the database, not from
    the models, as a migration may have gone back to an earlier state."""
    cursor.execute(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace"
        " ORDER BY c.relname, a.attnum"
    )
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in cursor.fetchall():
        columns.setdefault(table, {})[column] = kind
    return columns


def _views(columns: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the name and the SQL of each view of what was known."""
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


def _latest(events: str, selected: str) -> str:
    """Return SQL for the latest event of each id up to the moment, unless it is a deletion.

    An anti-join, so that a condition on a column is looked for in the events themselves. `+ 0`: of
    one record, each event is else compared with all others where the statistics know but few.
    """
    return (
        f'SELECT {selected} FROM "{events}" e'  # noqa: S608  # our own names
        f" WHERE e.pgh_created_at <= {MOMENT} AND e.pgh_label <> 'delete'"
        f' AND NOT EXISTS (SELECT FROM "{events}" l WHERE l.id = e.id + 0 AND l.pgh_id > e.pgh_id'
        f" AND l.pgh_created_at <= {MOMENT})"
    )


def _shown(columns: dict[str, str], kept: dict[str, str], events: str) -> str:
    """Return SQL for the columns of the table, each as the event holds it. The moments of creation
    and of the last change, which events leave out, are taken from the moments of the events."""
    first = f'SELECT f.pgh_created_at FROM "{events}" f WHERE f.id = e.id ORDER BY f.pgh_id LIMIT 1'  # noqa: S608  # our own names
    said = {
        "created_at": f"({first})",
        "updated_at": "e.pgh_created_at",
    }
    said |= {column: f'e."{column}"' for column in kept}
    return ", ".join(
        f'{said.get(column, "NULL")}::{kind} AS "{column}"' for column, kind in columns.items()
    )


def _listed(field: Any) -> str:
    """Return SQL for the rows of a list (a many-to-many table), from the array of ids in the
    event."""
    return (
        f'NULL::bigint AS id, e.id AS "{field.m2m_column_name()}",'
        f' unnest(e."{field.name}") AS "{field.m2m_reverse_name()}"'
    )


def _interval(table: str, columns: dict[str, str]) -> str:
    """Return SQL for the rows of a table of intervals as they were at the moment: one branch for
    each case, so that each is found by its own index."""
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


# The views of what was true


def came(column: str) -> str:
    """Return SQL for a day among `true_columns`: the day in today's row if it is not after the day
    in question, else NULL. If the record was deleted since, its day at that time."""
    return f"CASE WHEN t.id IS NULL THEN p.{column} WHEN t.{column} <= {ON} THEN t.{column} END"


def brought(column: str, before: str, **days: str) -> str:
    """Return SQL for a state among `true_columns`. `days` names, for each state in their order, the
    column of the day on which it is reached. It is the first of them whose day in today's row had
    come, where today's row is in that state or in one named before it. If the row was in one of
    these states at that time, but no day supports it, the state is `before`; any other state stays
    as it was."""
    states = [*days]
    cases = " ".join(
        f"WHEN t.{on} <= {ON} AND t.{column} IN ({_quoted(states[: place + 1])}) THEN '{state}'"
        for place, (state, on) in enumerate(days.items())
    )
    return (
        f"CASE WHEN t.id IS NULL THEN p.{column} {cases}"
        f" WHEN p.{column} IN ({_quoted(states)}) THEN '{before}' ELSE p.{column} END"
    )


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _true_views(columns: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the name and the SQL of each view of what was true on a day."""
    for model in apps.get_models():
        table = model._meta.db_table
        if model._meta.proxy or table not in columns or model.__name__ in OF_NOW:
            continue
        if getattr(model, "pgh_event_model", None) is None:
            if {"valid_from", "valid_to"} <= columns[table].keys():
                yield table, _held(table)
        elif since := getattr(model, "true_from", ""):
            yield table, _dated(table, [*columns[table]], since)
        elif said := getattr(model, "true_columns", {}):
            yield table, _corrected(table, columns[table], said)


def _held(table: str) -> str:
    rows = f"COALESCE(NULLIF(current_setting('{HELD}{table}', true), ''), '[]')::json"
    return f'SELECT * FROM json_populate_recordset(NULL::"{table}", {rows})'  # noqa: S608  # our own names


def _dated(table: str, columns: list[str], since: str) -> str:
    """Return SQL for today's rows whose day `since` had come, and for those rows of that time that
    had no day and are not among today's."""
    names = ", ".join(f'"{name}"' for name in columns)
    true = f'SELECT {names} FROM "{table}" WHERE "{since}" <= {ON}'  # noqa: S608  # our own names
    return (
        f'{true} UNION ALL SELECT {names} FROM {SCHEMA}."{table}" p WHERE p."{since}" IS NULL'  # noqa: S608  # our own names
        f' AND NOT EXISTS (SELECT FROM "{table}" t WHERE t.id = p.id AND t."{since}" <= {ON})'
    )


def _corrected(table: str, columns: dict[str, str], said: Mapping[str, str]) -> str:
    """Return SQL for the rows as they were at the end of the day, with the columns in `said` as
    they are known today."""
    selected = ", ".join(
        f'({said[name]})::{kind} AS "{name}"' if name in said else f'p."{name}"'
        for name, kind in columns.items()
    )
    return f'SELECT {selected} FROM {SCHEMA}."{table}" p LEFT JOIN "{table}" t ON t.id = p.id'  # noqa: S608  # our own names
