"""Which errors of the database mean that it is busy or away, not that it refuses something."""

from django.db import DatabaseError, InterfaceError, OperationalError

CANCELLED = "57014"  # a statement that took longer than statement_timeout


def is_away(error: BaseException | None) -> bool:
    """Return whether the database waits for somebody, does not answer, or ended the session.

    psycopg2 raises plain DatabaseError for some sessions that the server ended. Every other error
    has a class below DatabaseError.
    """
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError


def took_too_long(error: BaseException) -> bool:
    """Return whether the database gave up a statement: it may do so each time that it is tried."""
    return getattr(error.__cause__, "pgcode", None) == CANCELLED
