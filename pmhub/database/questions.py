"""Questions: what was asked of the database and what it answered, so that it can be asked again
whether the answer is still the same.

What is made of answers alone need not be made again while all of them are the same, even where a
table was touched that they were read from: to ask again costs the statements, without the objects,
the rules and the templates that were made of the rows. Within one request, which reads as of one
moment, a question is asked once.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from pmhub.database import past, replica
from pmhub.database.prepared_sql import rows_of
from pmhub.database.statements import Statement, statement_of

READS = ("SELECT", "WITH", "(", "EXECUTE")
OWN = 400  # bytes of a question beside what it was asked with, about

Key = tuple[str | Statement, bytes, bool]
_answers: ContextVar[dict[Key, bytes] | None] = ContextVar("answers", default=None)


@contextmanager
def of_one_moment() -> Iterator[None]:
    """Ask each question once within."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, of which tables (topics), and the digest of the rows that were the answer;
    `routed`, of where the request reads from. One that was prepared is asked by its statement:
    another connection has another name for it."""

    asked: str | Statement
    given: Any
    routed: bool
    answer: bytes
    tables: frozenset[str]

    def stands(self) -> bool:
        """Return whether the answer is the same now."""
        answers, key = _answers.get(), self._key
        if answers is None:
            return self._answer() == self.answer
        if key not in answers:
            answers[key] = self._answer()
        return answers[key] == self.answer

    def remember(self) -> None:
        """Remember for this moment that it was asked."""
        if (answers := _answers.get()) is not None:
            answers[self._key] = self.answer

    @property
    def size(self) -> int:
        """Return how many bytes of memory it takes, about. A statement is there anyway; a text is
        counted by each that asks it, for readers ask others by what they may see."""
        text = 0 if isinstance(self.asked, Statement) else len(self.asked)
        return OWN + text + _memory_of(self.given)

    @property
    def _key(self) -> Key:
        return self.asked, digest(self.given), self.routed

    def _answer(self) -> bytes:
        here = connections[replica.alias() if self.routed else DEFAULT_DB_ALIAS]
        # Nobody notes what is asked again.
        wrappers, here.execute_wrappers = here.execute_wrappers, []
        try:
            return digest(self._rows(here))
        finally:
            here.execute_wrappers = wrappers

    def _rows(self, here: Any) -> Sequence[Any]:
        if isinstance(self.asked, Statement):
            return self.asked.rows(here, self.given)
        return rows_of(here, self.asked, self.given)


def question(sql: Any, given: Any, context: Any, tables: frozenset[str]) -> Question | None:
    """Return what was asked by a cursor just now, whose rows can be fetched all the same; None of
    what cannot be asked again: it is of the past, may write, or sends its rows bit by bit."""
    raw = context["cursor"].cursor
    if past.is_past() or raw.name or raw.description is None or not isinstance(sql, str):
        return None
    if not sql.lstrip().startswith(READS):
        return None
    rows = raw.fetchall()
    if rows:
        raw.scroll(0, mode="absolute")
    routed = context["connection"].alias == replica.alias()
    asked = statement_of(sql) or sys.intern(sql)
    return asked_now(asked, given, rows, tables, routed=routed)


def asked_now(
    asked: str | Statement, given: Any, rows: Any, tables: frozenset[str], *, routed: bool
) -> Question | None:
    """Return what was asked just now and answered by these rows; None as for `question`."""
    try:
        made = Question(asked, given, routed, digest(rows), tables)
        made.remember()
    except TypeError:  # bytes, which nothing that is shown is made of
        return None
    return made


def digest(values: Any) -> bytes:
    """Return what tells these values from others."""
    return blake2b(pickle.dumps(values, pickle.HIGHEST_PROTOCOL), digest_size=16).digest()


def _memory_of(values: Any) -> int:
    size = sys.getsizeof(values)
    if isinstance(values, Mapping):
        return size + sum(map(_memory_of, values.values()))
    if isinstance(values, list | tuple | set | frozenset):
        return size + sum(map(_memory_of, values))
    return size


def still_answered(questions: Iterable[Question]) -> bool:
    """Return whether all of them are still answered alike."""
    return all(question.stands() for question in questions)
