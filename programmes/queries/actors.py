"""Who changed a source record, and by which path: the one place that asks the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benefits.models import Benefit, BenefitMeasurement, BenefitProfileEntry
from pmhub.history import Via, events_of
from pmhub.queries import name_users
from programmes.models import Programme, ProgrammeLine
from programmes.rollup.bridge import Key, Period
from projects.models import (
    Baseline,
    BudgetLine,
    ContingencyMovement,
    CostActual,
    Dependency,
    Project,
    Risk,
)

# The tables whose changes move the lines of a source, each with the column that names the source.
TABLES: Mapping[str, Iterable[tuple[Any, str]]] = {
    "project": (
        (Project, "id"),
        (CostActual, "project_id"),
        (BudgetLine, "project_id"),
        (Baseline, "project_id"),
        (ContingencyMovement, "project_id"),
    ),
    "programme": ((Programme, "id"),),
    "programmeline": ((ProgrammeLine, "id"), (CostActual, "programme_line_id")),
    "contingencymovement": ((ContingencyMovement, "id"),),
    "benefit": (
        (Benefit, "id"),
        (BenefitProfileEntry, "benefit_id"),
        (BenefitMeasurement, "benefit_id"),
    ),
    "risk": ((Risk, "id"),),
    "dependency": ((Dependency, "id"),),
}
MOST = 5000  # events looked through of one table, the latest


@dataclass(frozen=True, slots=True)
class Actor:
    """The last who changed a record before its line moved, as {id, name}, and the path it came by
    (page, rest, admin, import, sql); None where the history does not say."""

    by: Mapping[str, Any] | None = None
    via: str | None = None

    @property
    def name(self) -> str:
        """What they are called, if that is known."""
        return str((self.by or {}).get("name") or "")


NOBODY = Actor()


def actors_of(moved: Mapping[Key, datetime], between: Period) -> dict[Key, Actor]:
    """The last actor on each source within a period, not after the moment its line last moved: of
    the record itself or of one that belongs to it. One query a table, one for the names."""
    latest: dict[Key, tuple[datetime, Mapping[str, Any]]] = {}
    for kind in sorted({kind for kind, _ in moved}):
        ids = [id for each, id in moved if each == kind]
        for model, column in TABLES[kind]:
            for id, at, context in _events(model, column, ids, between):
                key = (kind, id)
                if at <= moved[key] and (key not in latest or latest[key][0] < at):
                    latest[key] = (at, context or {})
    found = [
        {"key": key, "by": context.get("user"), "via": context.get("via", Via.SQL.value)}
        for key, (_, context) in latest.items()
    ]
    if any(each["by"] is not None for each in found):
        name_users(found)
    return {each["key"]: Actor(each["by"], each["via"]) for each in found}


def _events(model: Any, column: str, ids: Iterable[int], between: Period) -> Any:
    name = "id" if column == "id" else column.removesuffix("_id")
    events = events_of(model).objects.filter(
        **{f"{name}__in": ids},
        pgh_created_at__gt=between.begin,
        pgh_created_at__lte=between.end,
    )
    return events.order_by("-pgh_id").values_list(name, "pgh_created_at", "pgh_context")[:MOST]
