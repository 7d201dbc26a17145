"""Acts that no row says by itself: who was let in or not, which files were handed out, verbs."""

from typing import Any

from pmhub.models import Act, AuditEntry


def record(act: Act, **given: Any) -> None:
    """Note an act; `given` are columns of the register. Who asks, whence and why the database fills
    in, as far as it is told (`requester.py`, `database/history.py`)."""
    AuditEntry.objects.create(act=act, **given)
