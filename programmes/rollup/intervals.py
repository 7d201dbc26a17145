"""Rows that are valid for an interval: a changed row is closed, a new one is opened, the rest
stays."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from django.db import connection, models

from pmhub.database.statements import Statement

Row = dict[str, Any]
JSON = ("inputs", "detail", "figures", "health", "events")
TYPES = {"metric": "text", "source_type": "text", "source_id": "bigint"}


def replace_open(
    model: type[models.Model],
    key: Sequence[str],
    programme_ids: Sequence[int],
    rows: Iterable[Row],
    stamp: datetime,
) -> set[int]:
    """Make the open rows of these programmes equal to `rows`, whose first columns are the key;
    return the programmes whose rows changed."""
    wanted = {_identity(row, key): row for row in rows}
    columns = [*next(iter(wanted.values()), key)]
    ended: list[int] = []
    changed: set[int] = set()
    for id, stored in open_rows(model, programme_ids, columns):
        identity = stored[: len(key)]
        row = wanted.get(identity)
        if row is not None and tuple(row.values()) == stored:
            del wanted[identity]
        else:
            ended.append(id)
            changed.add(identity[0])
    # The programmes too, though ids would do: only their partitions are opened.
    close(model, ended, stamp, programme_id=programme_ids)
    insert_open(model, wanted.values(), stamp)
    return changed | {identity[0] for identity in wanted}


def exchange_open(
    model: type[models.Model],
    key: Sequence[str],
    gone: Iterable[Row],
    rows: Iterable[Row],
    stamp: datetime,
) -> set[int]:
    """Replace the open rows `gone`, which are known and not read, by `rows`. The first columns of
    both are the key. Return the programmes whose rows changed. Raises StoredRowsDiffer."""
    wanted = {_identity(row, key): row for row in rows}
    ended = {_identity(row, key): row for row in gone}
    for identity in [one for one in wanted if wanted[one] == ended.get(one)]:
        del wanted[identity], ended[identity]
    if _close_keys(model, key, [*ended], stamp) != len(ended):
        raise StoredRowsDiffer(f"Of {len(ended)} rows that are kept, others are stored.")
    insert_open(model, wanted.values(), stamp)
    return {identity[0] for identity in (*wanted, *ended)}


class StoredRowsDiffer(Exception):
    """The stored rows are not those that a worker kept in its memory."""


def _close_keys(
    model: type[models.Model], key: Sequence[str], keys: Sequence[tuple[Any, ...]], stamp: datetime
) -> int:
    """Close the open rows with these keys, programme by programme; return how many rows there
    were."""
    _, *columns = key
    of_programme: dict[int, list[tuple[Any, ...]]] = {}
    for programme, *rest in keys:
        of_programme.setdefault(programme, []).append(tuple(rest))
    closed, closing = 0, _closing(model, tuple(columns))
    for id, mine in of_programme.items():
        values = map(list, zip(*mine, strict=True))
        arrays = dict(zip(columns, values, strict=True))
        closed += len(closing(programme=id, stamp=stamp, **arrays))
    return closed


@cache
def _closing(model: type[models.Model], columns: Sequence[str]) -> Statement:
    """Return the statement that closes the open rows of a programme with these keys."""
    names, arrays = ", ".join(columns), ", ".join(f"%({name})s" for name in columns)
    # Column by column too, which takes the index of open rows whatever the planner estimates.
    within = " AND ".join(f"{name} = ANY(%({name})s)" for name in columns)
    return Statement(
        f"UPDATE {model._meta.db_table} SET valid_to = %(stamp)s"  # noqa: S608  # our own names
        f" WHERE programme_id = %(programme)s AND valid_to IS NULL AND {within}"
        f" AND ({names}) IN (SELECT * FROM unnest({arrays})) RETURNING 1",
        types={
            "stamp": "timestamptz", "programme": "bigint",
            **{name: f"{TYPES[name]}[]" for name in columns},
        },
        reads=lambda: connection,
    )  # fmt: skip


def _identity(row: Row, key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in key)


def open_rows(
    model: type[models.Model], ids: Iterable[int], columns: Sequence[str], of: str = "programme_id"
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield the id and the columns of each open row whose column `of` is one of these ids. This is
    plain SQL because a programme has thousands of rows, and querysets would take most of the time
    of a recompute to wrap them."""
    written = [at for at, name in enumerate(columns) if name in JSON]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {', '.join(columns)} FROM {model._meta.db_table}"  # noqa: S608  # our own names
            f" WHERE {of} = ANY(%s) AND valid_to IS NULL",
            [list(ids)],
        )
        for id, *values in cursor.fetchall():
            for at in written:
                values[at] = None if values[at] is None else orjson.loads(values[at])
            yield id, tuple(values)


def close(
    model: type[models.Model], ids: Sequence[int], stamp: datetime, **within: Sequence[int]
) -> None:
    """Close the rows with these ids. `within` gives values of further columns, such as the
    programmes."""
    if not ids:
        return
    conditions = "".join(f" AND {name} = ANY(%s)" for name in within)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} SET valid_to = %s"  # noqa: S608  # our own names
            f" WHERE id = ANY(%s){conditions}",
            [stamp, list(ids), *map(list, within.values())],
        )


def insert_open(model: type[models.Model], rows: Collection[Row], stamp: datetime) -> None:
    """Insert rows that are valid from `stamp` on."""
    if rows:
        columns = (*next(iter(rows)),)
        _opening(model, columns)(rows=json.dumps([*rows], default=str), stamp=stamp)


@cache
def _opening(model: type[models.Model], columns: Sequence[str]) -> Statement:
    """Return the statement that inserts rows with these columns. The rows are sent as one JSON
    text: as objects, each with a query to compile, they took a fifth of a recompute."""
    names = ", ".join(columns)
    typed = ", ".join(
        f"{name} {model._meta.get_field(name).db_type(connection)}" for name in columns
    )
    return Statement(
        f"INSERT INTO {model._meta.db_table} ({names}, valid_from)"  # noqa: S608  # our own names
        f" SELECT {names}, %(stamp)s FROM json_to_recordset(%(rows)s) AS given({typed})"
        " RETURNING 1",
        types={"rows": "json", "stamp": "timestamptz"},
        reads=lambda: connection,
    )
