"""The visits of a user, since the last of which the home page shows changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from pmhub.models import User, Visit

APART = timedelta(minutes=30)  # a page opened within this time belongs to the same visit


def last_visit(user: User, *, here: bool) -> datetime | None:
    """Return when the user's visit before this one began, None for the first visit: they may not
    have seen changes since then. With `here`, a new visit begins, unless one has just begun."""
    visit = Visit.objects.filter(user=user).first()
    now = timezone.now()
    if not here or (visit and now - visit.begun_at < APART):
        return visit.before if visit else None
    if visit is None:
        Visit.objects.get_or_create(user=user, defaults={"begun_at": now})
        return None
    # Of two pages opened at once, one moves the visit on, and both show the same.
    same = Visit.objects.filter(user=user, begun_at=visit.begun_at)
    same.update(begun_at=now, before=visit.begun_at)
    return visit.begun_at
