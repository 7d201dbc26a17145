"""SQL texts that are asked again and again, such as a compiled queryset: each is planned once in a
connection for all values. A connection keeps the plans of the newest texts.

A parameter has the type that its value has as a literal, so that the text means the same. Some
texts are asked without a plan: those with a value of another type, those that do not say the type
of a parameter, and those about partitioned tables, which no plan for all values serves.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import Error
from psycopg2 import Error as DriverError
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, AsIs

from pmhub.database.statements import OUTDATED, fetched, of_connection

MOST = 150  # prepared in a connection at once; each takes about 250 kB of its backend
PARTED = ("programmes_ledgerline", "programmes_metricvalue")
TYPES = {
    bool: "boolean", type(None): "unknown", date: "date", datetime: "timestamptz",
    timedelta: "interval",
}  # fmt: skip
_numbers = itertools.count(1)

Types = tuple[str, ...]
# The names of prepared statements, by text and types; None for one that cannot be prepared.
Names = OrderedDict[tuple[str, Types], str | None]


def rows_of(here: BaseDatabaseWrapper, sql: str, given: Any) -> list[Any]:
    """Return the rows that an SQL text gives for these values."""
    here.close_if_health_check_failed()
    here.ensure_connection()
    first = here.connection.info.transaction_status == TRANSACTION_STATUS_IDLE
    name = _name_of(here, sql, given, first=first)
    if name is None:
        return fetched(here, sql, given)
    passed = ", ".join(["%s"] * len(given or ()))
    try:
        return fetched(here, f"EXECUTE {name}{passed and f'({passed})'}", given)
    except Error as error:
        if not first or getattr(error.__cause__, "pgcode", None) not in OUTDATED:
            raise
        _names(here).clear()
        here.connection.rollback()
        return fetched(here, sql, given)


def _name_of(here: BaseDatabaseWrapper, sql: str, given: Any, *, first: bool) -> str | None:
    """Return the name under which a text is prepared in a connection; None if it is asked without a
    plan."""
    types = _types_of(given) if settings.PREPARE_STATEMENTS else None
    if types is None or any(table in sql for table in PARTED):
        return None
    names, key = _names(here), (sql, types)
    if key in names:
        names.move_to_end(key)
        return names[key]
    # Within a transaction, failing to prepare a text would abort the transaction.
    if not first:
        return None
    names[key] = _prepare(here, sql, types)
    if len(names) > MOST:
        _forget(here, names.popitem(last=False)[1])
    return names[key]


def _prepare(here: BaseDatabaseWrapper, sql: str, types: Types) -> str | None:
    name = f"pmhub_text_{next(_numbers)}"
    declared = f"({', '.join(types)})" if types else ""
    places = [AsIs(f"${number}") for number, _ in enumerate(types, 1)]
    try:
        with closing(here.connection.cursor()) as cursor:
            cursor.execute(f"PREPARE {name}{declared} AS {sql}", places or None)
    except DriverError:
        return None
    return name


def _forget(here: BaseDatabaseWrapper, name: str | None) -> None:
    if name is not None:
        with closing(here.connection.cursor()) as cursor:
            cursor.execute(f"DEALLOCATE {name}")


def _types_of(given: Any) -> Types | None:
    """Return the SQL types that the values have as literals; None if the type of one is unknown."""
    if given is not None and not isinstance(given, list | tuple):
        return None
    types = tuple(map(_type_of, given or ()))
    return None if None in types else types  # type: ignore[return-value]  # here no type is None


def _type_of(value: Any) -> str | None:
    if type(value) is list:
        return _list_type(value)
    if isinstance(value, str):  # members of TextChoices too
        return "unknown"
    number = type(value) is Decimal and value.is_finite()
    if number or (isinstance(value, int) and type(value) is not bool):
        return _number_type(value)
    return TYPES.get(type(value))


def _number_type(value: Any) -> str:
    """Return the SQL type that a number has as a literal: a decimal without a point is an
    integer."""
    if (isinstance(value, Decimal) and {*str(value)} & {*".E"}) or abs(value) >= 2**63:
        return "numeric"
    return "integer" if -(2**31) <= value < 2**31 else "bigint"


def _list_type(values: Sequence[Any]) -> str | None:
    if values and all(type(value) is int for value in values):
        of = {_number_type(value) for value in values}
        return f"{max(of, key=('integer', 'bigint', 'numeric').index)}[]"
    return "text[]" if values and all(type(value) is str for value in values) else None


def _names(here: Any) -> Names:
    """Return the names of the texts that are prepared in a connection, by text and types."""
    return of_connection(here, "prepared_texts", OrderedDict)
