"""Querysets compiled once: a recompute asks the same twenty questions every time, of other ids.

Building and compiling a queryset costs more than PostgreSQL takes to answer it for one programme.
A statement is built with stand-ins; where a stand-in list of ids was meant, any list is passed
later as an array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from pmhub import replica

# Stand for a list of ids, another list, and a day. No id is negative and no record is that old.
IDS, OTHER_IDS, DAY = -1, -2, date.min
STAND_INS = (IDS, OTHER_IDS, DAY)


class Statement:
    """A queryset of tuples, asked as `statement(ids, other_ids=…, day=…)`; answers rows as
    psycopg2 gives them (JSON stays text)."""

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self._build = build

    def __call__(
        self, ids: Sequence[int], other_ids: Sequence[int] = (), day: date = DAY
    ) -> list[Any]:
        """The rows for these ids."""
        sql, parameters = self._compiled
        meant: dict[Any, Any] = {IDS: list(ids), OTHER_IDS: list(other_ids), DAY: day}
        with replica.connection().cursor() as cursor:
            cursor.execute(sql, [meant[p] if p in STAND_INS else p for p in parameters])
            return cursor.fetchall()

    @cached_property
    def _compiled(self) -> tuple[str, Sequence[Any]]:
        sql, parameters = self._build().query.sql_with_params()
        parts = sql.split("%s")
        for number, parameter in enumerate(parameters):
            if parameter in (IDS, OTHER_IDS):
                parts[number] = parts[number].removesuffix("IN (") + "= ANY("
        return "%s".join(parts), parameters
