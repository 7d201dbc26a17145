"""Constraints that PostgreSQL checks when the transaction commits, and their earlier check, while
an answer can still report what they refuse."""

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
    """Check the deferred constraints now, except those that `left_unchecked` names; later
    statements are deferred again."""
    names = "ALL"
    with connection.cursor() as cursor:
        if left := _left.get():
            cursor.execute(OTHERS, [list(left)])
            names = cursor.fetchone()[0]
        cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def defer() -> None:
    """Defer all constraints that can be deferred, until the next check or the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def left_unchecked(*names: str) -> Iterator[None]:
    """Make `check_deferred` skip these constraints inside the block; they are checked after it, or
    at the commit. If the writes of the block are a trial and are rolled back, they are never
    checked."""
    token = _left.set(_left.get() | {*names})
    try:
        yield
    finally:
        _left.reset(token)


def is_left(name: str) -> bool:
    """Return whether `left_unchecked` exempts this constraint now."""
    return name in _left.get()
