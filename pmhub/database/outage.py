"""Which errors of the database mean that it is busy or away, not that it refuses something."""

from django.db import DatabaseError, InterfaceError, OperationalError

CANCELLED = "57014"  # the state of a statement that took longer than statement_timeout


def is_away(error: BaseException | None) -> bool:
    """Return whether the error means that the database is too busy, does not answer, or ended the
    session. psycopg2 raises plain DatabaseError for some sessions that the server ended; every
    other error has a subclass of it."""
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError


def statement_timed_out(error: BaseException) -> bool:
    """Return whether the database cancelled a statement that ran too long: it may do so again at
    every attempt."""
    return getattr(error.__cause__, "pgcode", None) == CANCELLED
