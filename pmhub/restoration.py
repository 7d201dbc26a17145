"""Restoring a deleted record: the row as the history holds it, with all rows that were deleted with
it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import transaction

from pmhub.database.deferred_checks import check_deferred
from pmhub.database.history import list_label
from pmhub.models import User
from pmhub.queries.deletions import DeletedRow, creations

IN_USE, STILL_THERE = "person_in_use", "_still_there"
# Names of triggers that check new statements: who wrote last what is judged, a promised day, a
# change that takes an output out of the scope, a custom field's value. A restored row makes none.
NEWLY_SAID = {"author", IN_USE, "promised", "by_approved_change", "custom_fits"}


@dataclass(frozen=True, slots=True)
class RestoredRow:
    """A row to restore, not stored yet, with the ids in its lists."""

    row: Any
    lists: dict[str, list[int]]


def as_they_were(fallen: Sequence[DeletedRow], *, by: User) -> list[RestoredRow]:
    """Return the rows of a deletion in their former state, with the next version: created by their
    former author, last written by the user who restores them. Takes one or two queries for each
    kind."""
    ids: dict[Any, list[int]] = defaultdict(list)
    for one in fallen:
        ids[one.model].append(one.event.id)
    first = {model: creations(model, wanted) for model, wanted in ids.items()}
    makers = {maker for found in first.values() for _, maker in found.values() if maker}
    there = set(User.objects.filter(pk__in=makers).values_list("pk", flat=True))
    restored = []
    for one in fallen:
        at, maker = first[one.model][one.event.id]
        row = _row(one.model, one.event)
        row.version, row.created_at, row.updated_by = one.version + 1, at, by
        row.created_by_id = maker if maker in there else None
        restored.append(RestoredRow(row, one.lists))
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


def put_back(restored: Sequence[RestoredRow]) -> None:
    """Store restored rows in their order, with their lists. The author of what others decide stays
    the same; values written earlier are not judged as if they were written today; and counters of
    parts stay as they were."""
    models = list(dict.fromkeys(type(one.row) for one in restored))
    silent = [f"{model._meta.label}:{name}" for model in models[1:] for name in model.counted_by]
    silent += [name for model in models for name in _judging(model, models)]
    # Without names it would ignore all triggers.
    ignoring = pgtrigger.ignore(*silent) if silent else nullcontext()
    with ignoring, transaction.atomic():  # a refused row is undone before the triggers count again
        for model in models:
            rows = [one.row for one in restored if type(one.row) is model]
            model._base_manager.bulk_create(rows)
        for one in restored:
            for name, ids in one.lists.items():
                if ids:
                    getattr(one.row, name).add(*ids)
        check_deferred()


def _judging(model: Any, coming: Sequence[Any]) -> Iterator[str]:
    """Yield the triggers that judge newly written values and are switched off: earlier values
    stand, even if a day has passed since or a named record was archived, and rows restored together
    belong together."""
    named = {
        f"{field.name}_belongs" for field in _relations(model) if field.related_model in coming
    }
    for trigger in model._meta.triggers:
        if trigger.name in NEWLY_SAID | named or trigger.name.endswith(STILL_THERE):
            yield f"{model._meta.label}:{trigger.name}"
    for field in model._meta.local_many_to_many:
        if field.name in model.answered_for:
            yield f"{list_label(model, field)}:{IN_USE}"


def _relations(model: Any) -> Iterator[Any]:
    return (field for field in model._meta.concrete_fields if field.is_relation)
