"""Queries written as SQL texts: planned once in a connection, and noted as reads like querysets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pmhub.database import past, prepared_sql, questions, replica
from pmhub.database.touches import note_again, topics_read, unnoted


def rows_of_text(sql: str, given: Sequence[Any]) -> list[Any]:
    """Return the rows of an SQL text for these values; it is planned once in a connection, and
    noted as a read."""
    here = replica.connection()
    if past.is_past():
        with here.cursor() as cursor:
            cursor.execute(sql, given)
            return list(cursor.fetchall())
    with unnoted():
        rows = list(prepared_sql.rows_of(here, sql, given))
    tables = topics_read(sql)
    question = questions.asked_now(sql, given, rows, tables, routed=here.alias == replica.alias())
    note_again(tables, None if question is None else [question])
    return rows
