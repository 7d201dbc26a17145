"""Rows of the past are narrowed by today's rights: a user who may not see a record now does not see
how it was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import QuerySet

from pmhub.access import ScopedQuerySet
from pmhub.access.grants import grants_of
from pmhub.database import past

Rows = TypeVar("Rows", bound=QuerySet)


def seen_now(rows: Rows, user: Any) -> Rows:
    """Return rows of the past without those that still exist and that the user may not see now;
    rows of the present unchanged. Filter the rows before: their ids are read."""
    model: Any = rows.model
    if not past.is_past() or _sees_every_row(model, user):
        return rows
    hidden = hidden_now(model, rows.order_by().values_list("pk", flat=True), user)
    return rows.exclude(pk__in=hidden) if hidden else rows


def hidden_now(model: Any, ids: Iterable[int], user: Any) -> set[int]:
    """Return the ids of those of these records that still exist and that the user may not see
    now."""
    ids = list(ids)
    if not ids or _sees_every_row(model, user):
        return set()
    with past.as_at(None):
        seen = model._default_manager.visible_to(user).order_by().values("pk")
        there = model._base_manager.filter(pk__in=ids).order_by()
        return set(there.exclude(pk__in=seen).values_list("pk", flat=True))


def _sees_every_row(model: Any, user: Any) -> bool:
    """Return whether a user sees every row of a model by a role on the whole organisation."""
    rows = model._default_manager.none()
    plain = type(rows).visible_to is ScopedQuerySet.visible_to and not model.for_writers
    return plain and bool(grants_of(user).everywhere)
