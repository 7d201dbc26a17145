"""Indexes of foreign keys: a key that begins a unique constraint, or an index of several columns,
has no index of its own beside it, which every write would keep up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.expressions import OrderBy

OURS = frozenset({"pmhub", "programmes", "projects", "benefits"})


def index_once(sender: Any, **_: Any) -> None:
    """Leave out the indexes of such keys of a model. A model of a migration says itself which keys
    have one, but for the tables behind lists, which no migration describes."""
    of_migration = sender.__module__ == "__fake__" and not sender._meta.auto_created
    if sender._meta.app_label not in OURS or of_migration:
        return
    beginnings = {*_beginnings(sender._meta)}
    keys: Any = (each for each in sender._meta.local_fields if isinstance(each, models.ForeignKey))
    for key in keys:
        if key.name in beginnings and not key.unique:
            key.db_index = False


def _beginnings(meta: Any) -> Iterator[str]:
    """Yield the first fields of what indexes all rows of a model."""
    yield from (names[0] for names in meta.unique_together)
    unique = [each for each in meta.constraints if isinstance(each, models.UniqueConstraint)]
    index: Any
    for index in [*unique, *(each for each in meta.indexes if type(each) is models.Index)]:
        first = (*index.fields, *index.expressions)[0]
        first = first.expression if isinstance(first, OrderBy) else first
        name: Any = getattr(first, "name", None) if isinstance(first, F) else first
        if index.condition is None and isinstance(name, str):
            yield name.removeprefix("-")
