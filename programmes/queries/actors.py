"""Who changed a source record, by which path and how: the one place that asks the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benefits.models import (
    Benefit,
    BenefitContribution,
    BenefitMeasurement,
    BenefitProfileEntry,
    BenefitReview,
)
from pmhub.history import Via, events_of
from pmhub.queries import name_users
from programmes.models import Programme, ProgrammeLine
from programmes.rollup.spans import Key, Period
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
    "benefitcontribution": ((BenefitContribution, "id"), (BenefitReview, "contribution_id")),
    "risk": ((Risk, "id"),),
    "dependency": ((Dependency, "id"),),
}
Moved = tuple[Key, datetime]  # a source, and the computation that saw it moved
MOST = 5000  # events looked through of one table, the latest


@dataclass(frozen=True, slots=True)
class Actor:
    """The last who changed a record before its line moved, as {id, name}, and the path it came by
    (page, rest, admin, import, sql); None where the history does not say. `reason` is why, where
    that was asked."""

    by: Mapping[str, Any] | None = None
    via: str | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """What they are called, if that is known."""
        return str((self.by or {}).get("name") or "")


NOBODY = Actor()


def actors_of(moved: Iterable[Moved], between: Period) -> dict[Moved, Actor]:
    """The last actor on each source within a period, not after the moment its line moved: on the
    record itself or on one that belongs to it. One query a table, one for the names."""
    moments: dict[Key, list[datetime]] = {}
    for key, moment in moved:
        moments.setdefault(key, []).append(moment)
    latest: dict[Moved, tuple[datetime, Mapping[str, Any]]] = {}
    for kind in sorted({kind for kind, _ in moments}):
        ids = [id for each, id in moments if each == kind]
        for model, column in TABLES[kind]:
            for id, at, _, context in _events(model, column, ids, between):
                for moment in moments[kind, id]:
                    part = ((kind, id), moment)
                    if at <= moment and (part not in latest or latest[part][0] < at):
                        latest[part] = (at, context or {})
    found = [
        {
            "part": part,
            "by": context.get("user"),
            "via": context.get("via", Via.SQL.value),
            "reason": context.get("reason", ""),
        }
        for part, (_, context) in latest.items()
    ]
    if any(each["by"] is not None for each in found):
        name_users(found)
    return {each["part"]: Actor(each["by"], each["via"], each["reason"]) for each in found}


def what_happened(keys: Iterable[Key], between: Period) -> dict[Key, list[tuple[datetime, str]]]:
    """When these records were inserted, updated or deleted within a period, in order; one query a
    table."""
    by_kind: dict[str, list[int]] = {}
    for kind, id in keys:
        by_kind.setdefault(kind, []).append(id)
    found: dict[Key, list[tuple[datetime, str]]] = {}
    for kind, ids in sorted(by_kind.items()):
        ((model, column), *_) = TABLES[kind]
        for id, at, label, _ in reversed(_events(model, column, ids, between)):
            found.setdefault((kind, id), []).append((at, label))
    return found


def _events(model: Any, column: str, ids: Iterable[int], between: Period) -> list[Any]:
    """(Source, moment, label, context), the latest first."""
    name = "id" if column == "id" else column.removesuffix("_id")
    events = events_of(model).objects.filter(
        **{f"{name}__in": ids},
        pgh_created_at__gt=between.since,
        pgh_created_at__lte=between.end,
    )
    columns = (name, "pgh_created_at", "pgh_label", "pgh_context")
    return list(events.order_by("-pgh_id").values_list(*columns)[:MOST])
