"""Which errors of the database mean that it is busy or away, not that it refuses something."""

from django.db import DatabaseError, InterfaceError, OperationalError

CANCELLED = "57014"  # a statement that took longer than statement_timeout


def is_away(error: BaseException | None) -> bool:
    """Whether the database waits for somebody, does not answer, or ended the session.

    Of a session that was ended psycopg2 sometimes says no more than DatabaseError, which is
    otherwise the parent of what it says.
    """
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError


def took_too_long(error: BaseException) -> bool:
    """Whether the database gave up a statement: it may do so each time that it is tried."""
    return getattr(error.__cause__, "pgcode", None) == CANCELLED
