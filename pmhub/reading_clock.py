"""Which past is being read: `pmhub.database.past` says it, addresses of pages stay at it."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, datetime

# The moment, and the day that ends then if what was true on it is read, not what was known.
READ: ContextVar[tuple[datetime | None, date | None]] = ContextVar("read", default=(None, None))


def moment() -> datetime | None:
    """The moment at which rows are read as they were; None where they are read as they are."""
    return READ.get()[0]


def day() -> date | None:
    """The day of which is read what was true then; None where what was known is read, or is
    now."""
    return READ.get()[1]
