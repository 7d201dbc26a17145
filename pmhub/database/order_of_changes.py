"""The order in which records change, for other systems that keep a copy (`pmhub/api/changes.py`).

They read on from the last moment that they have seen. So each row says when it was written last,
by the clock of the database and whoever writes it, and an index finds what was written after a
moment. What was deleted is found in the same order in the history (`pmhub/database/history.py`).
"""

from __future__ import annotations

import pgtrigger
from django.db import models


def keep_order(model: type[models.Model]) -> None:
    """Add to the model of a record the trigger that stamps new rows, and the index of its
    changes."""
    pgtrigger.register(stamped_when_made())(model)
    index = models.Index(fields=["updated_at", "id"], name=f"{model._meta.model_name}_sync")
    model._meta.indexes = [*model._meta.indexes, index]
    model._meta.original_attrs["indexes"] = model._meta.indexes  # `makemigrations` reads these


def stamped_when_made() -> pgtrigger.Trigger:
    """Return the trigger that replaces, in a new row, a moment of change other than that of its
    statement, such as one from an import or a script: with an earlier moment the row would be
    missed. `versioned` stamps changed rows."""
    return pgtrigger.Trigger(
        name="stamped_when_made",
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        condition=pgtrigger.Condition("NEW.updated_at <> statement_timestamp()"),
        func="NEW.updated_at := clock_timestamp(); RETURN NEW;",
    )
