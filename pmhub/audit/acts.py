"""Acts that are visible in no row: sign-ins and refused ones, files handed out, verbs."""

from typing import Any

from pmhub.models import Act, AuditEntry


def record(act: Act, **given: Any) -> None:
    """Write an act into the register; `given` are columns of its row. The database fills in who
    asked, from where and why, as far as it was told (`requester.py`, `database/history.py`)."""
    AuditEntry.objects.create(act=act, **given)
