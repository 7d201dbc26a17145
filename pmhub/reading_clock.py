"""The moment of the past that is being read: `pmhub.database.past` sets it, and addresses of pages
keep it."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, datetime

# The moment that is read, and its day if what was true on it is read instead of what was known.
READ: ContextVar[tuple[datetime | None, date | None]] = ContextVar("read", default=(None, None))


def moment() -> datetime | None:
    """Return the moment of the past whose rows are read; None for the present."""
    return READ.get()[0]


def day() -> date | None:
    """Return the day for which is read what was true then; None if what was known at a moment is
    read, or the present."""
    return READ.get()[1]
