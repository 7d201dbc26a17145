"""Work that the database cancelled in a deadlock is done again."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from django.db import OperationalError, transaction

from pmhub.database.locks import Lock, wait_for

ATTEMPTS = 5
LOST = ("40P01", "40001")  # a deadlock, a serialisation failure

_trying: ContextVar[bool] = ContextVar("trying", default=False)

T = TypeVar("T")


def is_retryable(error: OperationalError) -> bool:
    """Return whether the failed work may well succeed when it is tried again."""
    return getattr(error.__cause__, "pgcode", None) in LOST


def committed(work: Callable[[], T]) -> T:
    """Do the work in one transaction, all of it or nothing, and again after a deadlock; raises the
    OperationalError of the last attempt.

    Within another `committed` the work is not tried again by itself: the transaction around it
    still holds the locks of the deadlock.
    """
    if _trying.get():
        with transaction.atomic():
            return work()
    token = _trying.set(True)
    try:
        return _tried(work)
    finally:
        _trying.reset(token)


def _tried(work: Callable[[], T]) -> T:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                if attempt > 1:
                    # Retries run one after the other: together they could deadlock again.
                    wait_for(Lock.RETRIES)
                return work()
        except OperationalError as error:
            if not is_retryable(error) or attempt == ATTEMPTS:
                raise
    raise AssertionError  # the last attempt returned or raised
