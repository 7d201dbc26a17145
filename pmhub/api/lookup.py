"""Reading one record that the user may see. Where only roles decide who sees a model, the statement
is compiled once for all users who hold roles on the same kinds of objects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import QuerySet

from pmhub.access import by_roles
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import ID
from pmhub.models import lineage


def record(model: Any, user: Any, pk: Any, *, locked: bool = False) -> Sequence[Any]:
    """Return a list with the record, loaded with what decides about rights on it and locked if
    asked; empty when the user does not see it."""
    if by_roles(model):
        return _records(model, locked=locked)(user, id=int(pk))
    return list(_of(model, user, locked=locked).filter(pk=pk))


def ids(model: Any, user: Any, pk: Any) -> Sequence[int]:
    """Return a list with the record's id; empty when the user does not see the record."""
    if by_roles(model):
        return _ids(model)(user, id=int(pk))
    rows = model._default_manager.visible_to(user).filter(pk=pk)
    return list(rows.order_by().values_list("pk", flat=True))


@cache
def _records(model: Any, *, locked: bool) -> ScopedRows[Any]:
    return ScopedRows(lambda reader: _of(model, reader, locked=locked).filter(pk=ID))


@cache
def _ids(model: Any) -> ScopedRows[int]:
    return ScopedRows(
        lambda reader: (
            model._default_manager.visible_to(reader)
            .filter(pk=ID)
            .order_by()
            .values_list("pk", flat=True)
        )
    )


def _of(model: Any, reader: Any, *, locked: bool) -> QuerySet:
    rows: QuerySet = model._default_manager.visible_to(reader).order_by()
    rows = rows.select_related(*lineage(model))
    return rows.select_for_update(of=("self",)) if locked else rows
