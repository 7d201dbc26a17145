"""What decisions follow from, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from programmes.models import Decision
from programmes.models.decision import MATTERS


def matters_told(rows: Sequence[Mapping[str, Any]], user: Any) -> dict[int, str]:
    """Return, by the id of a decision, the kind, the code and the title of the risk or the issue
    that it is asked about, of those that the user sees; one query for each kind that is named."""
    told: dict[int, str] = {}
    for field in MATTERS:
        model: Any = Decision._meta.get_field(field).related_model
        asked = {row["id"]: row[field] for row in rows if row[field] is not None}
        if not asked:
            continue
        seen = model._default_manager.visible_to(user).in_bulk({*asked.values()})
        kind = str(model._meta.verbose_name).capitalize()
        told |= {id: f"{kind} {seen[pk]}" for id, pk in asked.items() if pk in seen}
    return told
