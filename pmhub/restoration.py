"""Bringing back a deleted record: the row as the history holds it, with all that fell with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pgtrigger

from pmhub.models import User
from pmhub.queries.deletions import Fallen, begun

WRITER = "author"  # the trigger that says who wrote last what is judged


@dataclass(frozen=True, slots=True)
class Restored:
    """A row that comes back, not stored yet, with the ids in its lists."""

    row: Any
    lists: dict[str, list[int]]


def as_they_were(fallen: Sequence[Fallen], *, by: User) -> list[Restored]:
    """Return the rows that a deletion took as they were, one version on: whoever made each is who
    made it, and who brings it back wrote it last. A query or two for each kind."""
    ids: dict[Any, list[int]] = defaultdict(list)
    for one in fallen:
        ids[one.model].append(one.event.id)
    first = {model: begun(model, wanted) for model, wanted in ids.items()}
    makers = {maker for found in first.values() for _, maker in found.values() if maker}
    there = set(User.objects.filter(pk__in=makers).values_list("pk", flat=True))
    restored = []
    for one in fallen:
        at, maker = first[one.model][one.event.id]
        row = _row(one.model, one.event)
        row.version, row.created_at, row.updated_by = one.version + 1, at, by
        row.created_by_id = maker if maker in there else None
        restored.append(Restored(row, one.lists))
    return restored


def _row(model: Any, event: Any) -> Any:
    kept = {field.name for field in type(event)._meta.fields}
    return model(
        **{
            field.attname: getattr(event, field.name)
            for field in model._meta.concrete_fields
            if field.name in kept
        }
    )


def put_back(restored: Sequence[Restored]) -> None:
    """Store rows that come back, in their order, and what is in their lists. Who wrote what is
    judged stays who it was, and what comes back with its parts has no more of them than before."""
    models = list(dict.fromkeys(type(one.row) for one in restored))
    silent = [f"{model._meta.label}:{name}" for model in models[1:] for name in model.counted_by]
    silent += _of_writers(models)
    with pgtrigger.ignore(*silent) if silent else nullcontext():  # without a name it means all
        for model in models:
            rows = [one.row for one in restored if type(one.row) is model]
            model._base_manager.bulk_create(rows)
    for one in restored:
        for name, ids in one.lists.items():
            if ids:
                getattr(one.row, name).add(*ids)


def _of_writers(models: Sequence[Any]) -> list[str]:
    return [
        f"{model._meta.label}:{trigger.name}"
        for model in models
        for trigger in model._meta.triggers
        if trigger.name == WRITER
    ]
