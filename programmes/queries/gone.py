"""What deleted records were called, from their history, for whom their home is in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps

from pmhub.history import events_of

# Where a record belonged, by the type the ledger names: the first that is given says who may see.
HOMES = {
    "project": ("programme",),
    "programmeline": ("programme",),
    "contingencymovement": ("project",),
    "benefit": ("programme",),
    "benefitcontribution": ("project",),
    "risk": ("project", "programme"),
    "dependency": ("receiver",),
    "milestone": ("project",),
    "baseline": ("project",),
    "budgetline": ("project",),
    "costactual": ("project",),
    "benefitprofileentry": ("benefit",),
    "benefitmeasurement": ("benefit",),
}
MODELS = {"programme": "programmes.Programme", "benefit": "benefits.Benefit"}


def last_names(
    kind: str, model: Any, names: Sequence[str], ids: Sequence[int], user: Any
) -> dict[int, list[str]]:
    """These fields of deleted records, by id; empty where the history has no such field. Those
    whose home is out of sight, or gone too, are left out."""
    events = events_of(model)
    kept = {field.name for field in events._meta.concrete_fields}
    homes = HOMES.get(kind, ())
    columns = [name for name in names if name in kept]
    rows = list(
        events.objects.filter(id__in=ids, pgh_label="delete").values("id", *columns, *homes)
    )
    seen = {name: _visible(name, {row[name] for row in rows}, user) for name in homes}
    return {
        row["id"]: [row.get(name, "") for name in names]
        for row in rows
        if (home := next((name for name in homes if row[name]), None)) and row[home] in seen[home]
    }


def _visible(name: str, ids: set[int | None], user: Any) -> set[int]:
    model: Any = apps.get_model(MODELS.get(name, "projects.Project"))
    wanted = ids - {None}
    rows = model.objects.visible_to(user).filter(pk__in=wanted) if wanted else model.objects.none()
    return set(rows.values_list("pk", flat=True))
