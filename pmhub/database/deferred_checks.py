"""What is deferred to the commit, and checked before where an answer can still say so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection

_left: ContextVar[frozenset[str]] = ContextVar("left", default=frozenset())
OTHERS = """
SELECT string_agg(DISTINCT quote_ident(conname), ', ') FROM pg_constraint
WHERE condeferrable AND connamespace = current_schema()::regnamespace AND conname <> ALL (%s)
"""


def check_deferred() -> None:
    """Check what is deferred now, but for what a trial leaves unchecked; it stays deferred."""
    names = "ALL"
    with connection.cursor() as cursor:
        if left := _left.get():
            cursor.execute(OTHERS, [list(left)])
            names = cursor.fetchone()[0]
        cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def defer() -> None:
    """Defer what can be to the commit, or to the next check."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def left_unchecked(*names: str) -> Iterator[None]:
    """Leave these constraints to the next check after this, or the commit; where what is written
    meanwhile is a trial, and undone, neither comes."""
    token = _left.set(_left.get() | {*names})
    try:
        yield
    finally:
        _left.reset(token)


def is_left(name: str) -> bool:
    """Return whether a constraint is left unchecked now."""
    return name in _left.get()
