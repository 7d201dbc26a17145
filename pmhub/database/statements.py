"""Queries that are asked again and again: compiled once, and planned once in each connection.

Building and compiling a queryset costs more than PostgreSQL takes to answer it, and planning it
half of that. A statement is built with stand-ins for what is named later, or written as SQL with
`%(name)s`; its first use in a connection prepares it there. A pooler that gives each transaction
another connection cannot keep what is prepared: for one, set `PREPARE_STATEMENTS=off`.
"""

from __future__ import annotations

import itertools
import pickle
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from copy import copy
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

import orjson
from django.conf import settings
from django.db import connection as primary
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import JSONField, Model, QuerySet
from django.db.models.expressions import Col
from django.db.utils import Error
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, AsIs

from pmhub.database import past, replica
from pmhub.database.one_moment import current_moment

# Placeholders in querysets for a list of ids, another list, one id, a list of names, a day, the
# last of some days, and the moments at which a time begins and ends. No id is negative, no name has
# angle brackets and no record is that old. In place of a list any list is passed later, as an
# array.
IDS, OTHER_IDS, ID, NAMES, DAY, LAST_DAY = -1, -2, -3, "<names>", date.min, date(1, 1, 2)
BEGIN, END = (datetime(1, 1, day, tzinfo=UTC) for day in (1, 2))
STAND_INS: Mapping[Any, str] = {
    IDS: "ids", OTHER_IDS: "other_ids", ID: "id", NAMES: "names", DAY: "day",
    LAST_DAY: "last_day", BEGIN: "begin", END: "end",
}  # fmt: skip
TYPES = {
    "ids": "bigint[]", "other_ids": "bigint[]", "id": "bigint", "names": "text[]", "day": "date",
    "last_day": "date", "begin": "timestamptz", "end": "timestamptz",
}  # fmt: skip
# States of a plan whose columns a migration has changed, and of a statement that is not prepared in
# this connection.
OUTDATED = frozenset({"0A000", "26000"})

NAMED = re.compile(r"(?<!%)%\((\w+)\)s")
_numbers = itertools.count(1)
# Prepared statements by name, so that an executed name leads to its statement.
_prepared: dict[str, Statement] = {}


Text = tuple[str, Mapping[str, Any]]  # SQL and its constants by name
Row = TypeVar("Row")
T = TypeVar("T")
Given = Mapping[str, Any]  # parameters by name

MOST_ROWS = 1000  # of an answer that is kept for the rest of a request
# Called with each statement that is answered again by the rows that were read before.
Hears = Callable[["Statement", Given, list[Any], BaseDatabaseWrapper], None]
_hearing: ContextVar[tuple[Hears, ...]] = ContextVar("hearing", default=())


@contextmanager
def hearing(hears: Hears) -> Iterator[None]:
    """Inside the block, call `hears` for each statement that is not executed, as it has been
    before."""
    token = _hearing.set((*_hearing.get(), hears))
    try:
        yield
    finally:
        _hearing.reset(token)


class Statement:
    """A queryset of tuples, or SQL, called as `statement(ids=[…], day=…)`; returns rows as psycopg2
    gives them (JSON stays text). `types` gives the SQL types of further parameters by name,
    `stand_ins` the values that stand for them in a queryset, with their names. `reads` returns the
    connection, by default the one from which the request reads. `parted` is for tables in
    partitions: the query is planned at each call."""

    def __init__(
        self,
        build: Callable[[], QuerySet[Any, Any] | Text] | str,
        *,
        types: Mapping[str, str] | None = None,
        stand_ins: Mapping[Any, str] | None = None,
        reads: Callable[[], BaseDatabaseWrapper] = replica.connection,
        parted: bool = False,
    ) -> None:
        self._build = build
        self._types = {**TYPES, **(types or {})}
        self._stand_ins = {**STAND_INS, **(stand_ins or {})}
        self._reads = reads
        # A plan for any list opens all partitions of a table, so one is made for each execution.
        self._prepares = not parted

    def __call__(
        self, ids: Sequence[int] = (), other_ids: Sequence[int] = (), **given: Any
    ) -> list[Any]:
        """Return the rows for these parameters."""
        given |= {"ids": list(ids), "other_ids": list(other_ids)}
        here = self._reads()
        if not self._prepares or not settings.PREPARE_STATEMENTS:
            return fetched(here, self.sql, {**self.constants, **given})
        own = {name: given[name] for name in self.parameters}
        return self._executed(here, own) if past.is_past() else self.rows(here, own)

    def rows(self, here: BaseDatabaseWrapper, given: Given, *, noted: bool = True) -> list[Any]:
        """Return the rows as psycopg2 gives them, by the statement prepared in this connection;
        inside `of_one_moment` those that were read before, which counts as a read if `noted`."""
        moment = current_moment()
        if moment is None:
            return self._executed(here, given)
        key = self, here.alias, pickle.dumps(given, pickle.HIGHEST_PROTOCOL)
        if (rows := moment.rows.get(key)) is not None:
            for hears in _hearing.get() if noted else ():
                hears(self, given, rows, here)
            return [*rows]
        rows = self._executed(here, given)
        if len(rows) <= MOST_ROWS:
            moment.rows[key] = [*rows]
        return rows

    def _executed(self, here: BaseDatabaseWrapper, given: Given) -> list[Any]:
        here.close_if_health_check_failed()
        here.ensure_connection()
        first = here.connection.info.transaction_status == TRANSACTION_STATUS_IDLE
        try:
            return fetched(here, self._name_in(here), given)
        except Error as error:
            if getattr(error.__cause__, "pgcode", None) not in OUTDATED:
                raise
            _names(here).pop((self, past.schemas()), None)
            # A transaction with earlier statements is aborted; the next transaction prepares this
            # one anew.
            if not first:
                raise
            here.connection.rollback()
        return fetched(here, self._name_in(here), given)

    def _name_in(self, here: BaseDatabaseWrapper) -> str:
        """Return the SQL that executes the statement in this connection; prepare it first if it is
        not yet."""
        # In the past the names mean other tables: planned for both, one would be planned each time.
        names, key = _names(here), (self, past.schemas())
        if key not in names:
            name, number = f"pmhub_{next(_numbers)}", itertools.count(1)
            types = ", ".join(self._types[parameter] for parameter in self.parameters)
            places = {parameter: AsIs(f"${next(number)}") for parameter in self.parameters}
            prepare = f"PREPARE {name}{types and f'({types})'} AS {self.sql}"
            # Without Django's cursor, which would count this as a query of its own.
            with closing(here.connection.cursor()) as cursor, here.wrap_database_errors:
                cursor.execute(prepare, {**self.constants, **places})
            passed = ", ".join(f"%({parameter})s" for parameter in self.parameters)
            names[key] = f"EXECUTE {name}{passed and f'({passed})'}"
            _prepared[names[key]] = self
        return names[key]

    @property
    def sql(self) -> str:
        """The SQL, with parameters and constants as `%(name)s`."""
        return self._compiled[0]

    @property
    def constants(self) -> Mapping[str, Any]:
        """The values in the SQL that are the same at each call, by name."""
        return self._compiled[1]

    @cached_property
    def parameters(self) -> list[str]:
        """The names of the parameters, in the order of their first use."""
        return [name for name in dict.fromkeys(NAMED.findall(self.sql)) if name in self._types]

    @cached_property
    def _compiled(self) -> Text:
        built = (self._build, {}) if isinstance(self._build, str) else self._build()
        if isinstance(built, tuple):
            return built
        return self._text_of(_compiler(built))

    def _text_of(self, compiler: Any) -> Text:
        sql, parameters = compiler.as_sql()
        return named_text(sql, parameters, self._stand_ins, self._types)


class Rows(Statement, Generic[Row]):
    """A queryset, called like a Statement; returns what the queryset would: instances with their
    selected relations, dictionaries, or single values."""

    def __init__(
        self,
        build: Callable[[], QuerySet[Any, Row]],
        *,
        types: Mapping[str, str] | None = None,
        stand_ins: Mapping[Any, str] | None = None,
        parted: bool = False,
    ) -> None:
        super().__init__(build, types=types, stand_ins=stand_ins, parted=parted)
        self._queryset_of = build

    def __call__(
        self, ids: Sequence[int] = (), other_ids: Sequence[int] = (), **given: Any
    ) -> list[Row]:
        """Return the rows for these parameters."""
        rows = super().__call__(ids, other_ids, **given)
        queryset = self._queryset.all()
        # Django makes records of the rows that were read, without compiling the query again.
        compiler = copy(self._compiler)
        compiler.execute_sql = lambda *_, **__: [rows]
        compiler.get_converters = lambda _: self._converters
        queryset.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        return list(queryset)

    @property
    def model(self) -> type[Model]:
        """The model of the queryset."""
        return self._queryset.model

    @cached_property
    def _queryset(self) -> QuerySet[Any, Row]:
        return self._queryset_of()

    @cached_property
    def _compiler(self) -> Any:
        return _compiler(self._queryset)

    @cached_property
    def _converters(self) -> Any:
        """The functions that convert database values, by column."""
        compiler = self._compiler
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        return quick_converters(compiler.get_converters(columns))

    @cached_property
    def _compiled(self) -> Text:
        return self._text_of(self._compiler)


def quick_converters(
    by_place: Mapping[int, tuple[list[Any], Any]],
) -> dict[int, tuple[list[Any], Any]]:
    """Return the converters of columns, by place, with faster ones for columns of JSON."""
    return {
        place: ([_quick(converter, column) for converter in converters], column)
        for place, (converters, column) in by_place.items()
    }


def _quick(converter: Any, column: Any) -> Any:
    """Return the converter, or for a column of JSON a faster one that takes a quarter of the
    time."""
    field = getattr(converter, "__self__", None)
    plain = isinstance(field, JSONField) and field.decoder is None and isinstance(column, Col)
    return _from_json if plain else converter


def _from_json(value: Any, *_: Any) -> Any:
    return value if value is None else orjson.loads(value)


def _compiler(queryset: QuerySet[Any, Any]) -> Any:
    # Where nothing can match, this compiles to a query without rows and does not raise.
    return queryset.query.get_compiler(connection=primary, elide_empty=False)


def named_text(
    sql: str, parameters: Sequence[Any], stand_ins: Mapping[Any, str], types: Mapping[str, str]
) -> Text:
    """Return compiled SQL with names in place of its parameters: what a stand-in stands for is
    given later, anything else is a constant. Several stand-ins for lists in one `IN` are joined to
    one list."""
    parts, constants, in_list = sql.split("%s"), dict[str, Any](), False
    for number, parameter in enumerate(parameters):
        name = stand_ins.get(parameter) if _can_stand_in(parameter) else None
        further = in_list and parts[number] == ", "
        in_list = name is not None and types[name].endswith("[]")
        if in_list:
            part = parts[number]
            parts[number] = " || " if further else part.removesuffix("IN (") + "= ANY("
        if name is None:
            name = f"constant_{number}"
            constants[name] = parameter
        parts[number] += f"%({name})s"
    return "".join(parts), constants


def text_of(sql: str) -> str:
    """Return the SQL of the prepared statement that this SQL executes; the SQL itself if it
    executes none."""
    statement = statement_of(sql)
    return statement.sql if statement else sql


def statement_of(sql: str) -> Statement | None:
    """Return the prepared Statement that this SQL executes; None if it executes none."""
    # In a request that may write, pghistory puts the setting of its context before it.
    return _prepared.get(sql[max(sql.rfind("EXECUTE pmhub_"), 0) :])


def _can_stand_in(parameter: Any) -> bool:
    return type(parameter) in (int, str, date, datetime)


def fetched(here: BaseDatabaseWrapper, sql: str, given: Any) -> list[Any]:
    """Return the rows that SQL gives for these parameters in this connection."""
    with here.cursor() as cursor:
        cursor.execute(sql, given)
        rows: list[Any] = cursor.fetchall()
        return rows


def of_connection(here: Any, name: str, make: Callable[[], T]) -> T:
    """Return what belongs, by this name, to the connection that is open now; `make` makes it for a
    new connection."""
    stored: tuple[Any, T] | None = getattr(here, name, None)
    if stored is None or stored[0] is not here.connection:
        stored = (here.connection, make())
        setattr(here, name, stored)
    return stored[1]


def _names(here: Any) -> dict[tuple[Statement, str], str]:
    """Return the SQL that executes each statement that is prepared in a connection, by the schemas
    of the past that its tables are looked for in."""
    return of_connection(here, "prepared", dict)
