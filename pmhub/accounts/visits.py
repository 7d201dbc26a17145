"""Since when somebody is told what moved: since they were here last."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from pmhub.models import User, Visit

APART = timedelta(minutes=30)  # who looks again within that is still here


def begin_visit(user: User) -> None:
    """Note that the user is here: another visit begins, unless one has just begun."""
    now = timezone.now()
    visit, first = Visit.objects.get_or_create(user=user, defaults={"begun_at": now})
    if not first and now - visit.begun_at >= APART:
        # Of two pages that are opened at once one moves it on.
        same = Visit.objects.filter(user=user, begun_at=visit.begun_at)
        same.update(begun_at=now, before=visit.begun_at)


def last_visit(user: User) -> datetime | None:
    """Return when the user's visit before this one began, None for the first: what moved after that
    they may not have seen."""
    return Visit.objects.filter(user=user).values_list("before", flat=True).first()
