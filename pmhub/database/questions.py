"""Questions: queries with a digest of their answers, which can be asked again to learn whether the
answer is still the same.

A value that was made of such answers alone stays right while all of them are the same, even if a
table from which they were read has changed. Asking again costs only the statements, not the
objects, rules and templates that the rows went through. Within one request, which reads as of one
moment, a question is asked once.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from pmhub.database import past, replica
from pmhub.database.one_moment import current_moment
from pmhub.database.prepared_sql import rows_of
from pmhub.database.statements import Statement, statement_of

READS = ("SELECT", "WITH", "(", "EXECUTE")
SETS = "set_config("  # asked again, it would set that of another request
OWN = 400  # bytes of a question without its parameters, about

Key = tuple[str | Statement, bytes, bool]


@dataclass(frozen=True, slots=True)
class Question:
    """A query with its parameters, the topics of the tables it reads and the digest of its rows.
    `routed` says that it is asked of the database from which the request reads (primary or
    replica), else of the primary. A prepared query is kept as its Statement, as its name differs
    between connections. `size` is about how many bytes of memory the question takes."""

    asked: str | Statement
    given: Any
    routed: bool
    answer: bytes
    tables: frozenset[str]
    size: int = OWN

    def stands(self) -> bool:
        """Return whether the query still has the same answer."""
        moment, key = current_moment(), self._key
        if moment is None:
            return self._answer() == self.answer
        if key not in moment.answers:
            moment.answers[key] = self._answer()
        return moment.answers[key] == self.answer

    def remember(self) -> None:
        """Note, inside `of_one_moment`, that the query has been asked and how it was answered."""
        if (moment := current_moment()) is not None:
            moment.answers[self._key] = self.answer

    @property
    def _key(self) -> Key:
        return self.asked, digest(self.given), self.routed

    def _answer(self) -> bytes:
        here = connections[replica.alias() if self.routed else DEFAULT_DB_ALIAS]
        # Questions asked again are not noted.
        wrappers, here.execute_wrappers = here.execute_wrappers, []
        try:
            return digest(self._rows(here))
        finally:
            here.execute_wrappers = wrappers

    def _rows(self, here: Any) -> Sequence[Any]:
        if isinstance(self.asked, Statement):
            return self.asked.rows(here, self.given, noted=False)
        return rows_of(here, self.asked, self.given)


def question(sql: Any, given: Any, context: Any, tables: frozenset[str]) -> Question | None:
    """Return the question that a cursor has just asked; its rows can still be fetched. None if it
    cannot be asked again: it read the past, may write, or fetches its rows in portions."""
    raw = context["cursor"].cursor
    if past.is_past() or raw.name or raw.description is None or not isinstance(sql, str):
        return None
    if not sql.lstrip().startswith(READS):
        return None
    statement = statement_of(sql)
    if statement is None and SETS in sql:
        return None
    rows = raw.fetchall()
    if rows:
        raw.scroll(0, mode="absolute")
    routed = context["connection"].alias == replica.alias()
    if statement is None:
        return asked_now(sys.intern(sql), given, rows, tables, routed=routed)
    own = {name: given[name] for name in statement.parameters}
    return asked_now(statement, own, rows, tables, routed=routed)


def asked_now(
    asked: str | Statement, given: Any, rows: Any, tables: frozenset[str], *, routed: bool
) -> Question | None:
    """Return the question that has just been asked and answered by these rows; None if the rows
    cannot be digested."""
    try:
        made = Question(asked, given, routed, digest(rows), tables, _size_of(asked, given))
        made.remember()
    except TypeError:  # bytes, which no page shows
        return None
    return made


def digest(values: Any) -> bytes:
    """Return a hash of these values."""
    return blake2b(pickle.dumps(values, pickle.HIGHEST_PROTOCOL), digest_size=16).digest()


def _size_of(asked: str | Statement, given: Any) -> int:
    # A Statement exists anyway. The text of a query counts, as the texts of readers differ by what
    # they may see.
    return OWN + (0 if isinstance(asked, Statement) else len(asked)) + _memory_of(given)


def _memory_of(values: Any) -> int:
    size = sys.getsizeof(values)
    if isinstance(values, Mapping):
        return size + sum(map(_memory_of, values.values()))
    if isinstance(values, list | tuple | set | frozenset):
        return size + sum(map(_memory_of, values))
    return size


def still_answered(questions: Iterable[Question]) -> bool:
    """Return whether all of these questions still have the same answers."""
    return all(question.stands() for question in questions)
