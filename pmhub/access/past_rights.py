"""Rows of the past, narrowed by the rights of now: who may not see a record now does not see it
then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import QuerySet

from pmhub.access import ScopedQuerySet
from pmhub.access.grants import grants_of
from pmhub.database import past

Rows = TypeVar("Rows", bound=QuerySet)


def seen_now(rows: Rows, user: Any) -> Rows:
    """Rows of the past without those that are there now, and that the user may not see now; rows of
    now as they are. To be asked of rows that are filtered already: it reads their ids."""
    model: Any = rows.model
    if not past.is_past() or _all_seen(model, user):
        return rows
    hidden = hidden_now(model, rows.order_by().values_list("pk", flat=True), user)
    return rows.exclude(pk__in=hidden) if hidden else rows


def hidden_now(model: Any, ids: Iterable[int], user: Any) -> set[int]:
    """Return which of these records are there now, and out of the user's sight."""
    ids = list(ids)
    if not ids or _all_seen(model, user):
        return set()
    with past.as_at(None):
        seen = model._default_manager.visible_to(user).order_by().values("pk")
        there = model._base_manager.filter(pk__in=ids).order_by()
        return set(there.exclude(pk__in=seen).values_list("pk", flat=True))


def _all_seen(model: Any, user: Any) -> bool:
    """Return whether a user sees every row of a model, whatever it is of."""
    rows = model._default_manager.none()
    plain = type(rows).visible_to is ScopedQuerySet.visible_to and not model.for_writers
    return plain and bool(grants_of(user).everywhere)
