"""What the database refuses while something is stored, told with the row that was to be stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import IntegrityError

from pmhub.database.deferred_checks import check_deferred

_later: ContextVar[bool] = ContextVar("later", default=False)


class NotStored(Exception):  # it says what happened
    """The database refused `row`, of which the fields `names` can be written, with `error`."""

    def __init__(self, row: Any, names: list[str], error: IntegrityError) -> None:
        super().__init__(str(error))
        self.row, self.names, self.error = row, names, error


@contextmanager
def storing(row: Any, fields: Mapping[str, Any]) -> Iterator[None]:
    """Raise NotStored for what the database refuses meanwhile. Its sentences are asked for once
    the transaction is rolled back: before, it answers no query."""
    try:
        yield
    except IntegrityError as error:
        names = [name for name, field in fields.items() if not field.read_only]
        raise NotStored(row, names, error) from error


def settle() -> None:
    """Check what is deferred to the commit now, where the answer can still say so; within
    `settling_later`, that is left to whoever is around it."""
    if _later.get():
        return
    check_deferred()


@contextmanager
def settling_later() -> Iterator[None]:
    """Let several writes be checked together, once all are made: `settle` waits meanwhile."""
    token = _later.set(True)
    try:
        yield
    finally:
        _later.reset(token)
