"""The refusal of a write by the database, together with the row that was to be stored."""

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
    """Raise NotStored when the database refuses a write within. What explains the refusal needs
    queries, so it waits until the transaction is rolled back."""
    try:
        yield
    except IntegrityError as error:
        names = [name for name, field in fields.items() if not field.read_only]
        raise NotStored(row, names, error) from error


def settle() -> None:
    """Run the deferred checks of the database now, while the answer can still report a
    violation. Within `settling_later` nothing is checked; the code that opened it calls `settle`
    afterwards."""
    if _later.get():
        return
    check_deferred()


@contextmanager
def settling_later() -> Iterator[None]:
    """Make `settle` do nothing within, so that several writes are checked together once all are
    made."""
    token = _later.set(True)
    try:
        yield
    finally:
        _later.reset(token)
