"""Taking records out with all that stands on them, which nobody may outside of a demo."""

from collections import defaultdict
from contextlib import nullcontext
from typing import Any

import pgtrigger
from django.db.models import QuerySet

CHUNK = 10_000


KEPT = "kept_"  # begins the names of triggers that keep rows from being deleted


def erase(rows: QuerySet[Any]) -> None:
    """Delete rows and all rows that refer to them, directly or through others, even if these are
    protected."""
    doomed: dict[Any, set[int]] = defaultdict(set)
    waiting = [(rows.model, set(rows.values_list("pk", flat=True)))]
    while waiting:
        model, ids = waiting.pop()
        fresh = ids - doomed[model]
        doomed[model] |= fresh
        if not fresh:
            continue
        for relation in referring(model):
            below = relation.related_model
            theirs = below._base_manager.filter(**{f"{relation.field.name}__in": fresh})
            waiting.append((below, set(theirs.order_by().values_list("pk", flat=True))))
    keeping = [name for model in doomed for name in _keeping(model)]
    # Without names, all triggers would be ignored, those of the history too.
    with pgtrigger.ignore(*keeping) if keeping else nullcontext():
        for model, ids in doomed.items():
            # In any order: foreign keys are checked when the transaction ends.
            for start in range(0, len(ids), CHUNK):
                chunk = sorted(ids)[start : start + CHUNK]
                model._base_manager.filter(pk__in=chunk)._raw_delete("default")


def _keeping(model: Any) -> list[str]:
    """Return the names of the triggers that keep rows of a model from being deleted."""
    names = [stay.trigger().name for stay in getattr(model, "stays", ())]
    declared = getattr(model._meta, "triggers", ())
    names += [trigger.name for trigger in declared if trigger.name.startswith(KEPT)]
    return [f"{model._meta.label}:{name}" for name in names]


def release(rows: QuerySet[Any]) -> None:
    """Delete rows. Rows that refer to them lose the reference, or are deleted where they need
    it."""
    ids = list(rows.values_list("pk", flat=True))
    for relation in referring(rows.model):
        theirs = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": ids})
        if relation.field.null:
            theirs.update(**{relation.field.name: None})
        else:
            erase(theirs)
    rows.model._base_manager.filter(pk__in=ids)._raw_delete("default")


def referring(model: Any) -> list[Any]:
    """Return the relations by which other rows refer to rows of the model, those of many-to-many
    fields included."""
    return [
        relation
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created
        and not relation.concrete
        and (relation.one_to_many or relation.one_to_one)
    ]
