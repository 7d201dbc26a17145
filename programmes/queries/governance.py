"""How a programme is governed: how far objectives are, delivery confidence over time, overrides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import Lag

from programmes.models import DcaRecord, HealthOverride, ObjectiveMeasurement, Programme
from programmes.models.confidence import change
from programmes.models.states import ObjectiveMeasurementStatus, OverrideState
from projects.models import Project

Measured = tuple[Decimal, date]


def last_verified(objectives: Sequence[int]) -> dict[int, Measured]:
    """The last verified measurement of each of these objectives, as value and day: one query."""
    rows = (
        ObjectiveMeasurement._base_manager.filter(
            objective__in=list(objectives), status=ObjectiveMeasurementStatus.VERIFIED
        )
        .order_by("objective", "-on")
        .distinct("objective")
    )
    return {id: (value, day) for id, value, day in rows.values_list("objective", "value", "on")}


def confidence_changes(rows: Sequence[dict[str, Any]]) -> dict[int, str]:
    """How each of these judgements differs from the one before of the same kind and of the same
    programme or project, by id: one query."""
    of = {
        name: {row[name] for row in rows if row[name] is not None}
        for name in ("programme", "project")
    }
    records = DcaRecord._base_manager.filter(programme__in=of["programme"]) | (
        DcaRecord._base_manager.filter(project__in=of["project"])
    )
    found = records.annotate(
        before=Window(
            Lag("value"),
            partition_by=[F("programme"), F("project"), F("kind")],
            order_by=[F("on").asc(), F("id").asc()],
        )
    )
    return {
        id: str(change(before, now))
        for id, before, now in found.order_by().values_list("id", "before", "value")
    }


def counting_overrides(ids: Sequence[int]) -> set[int]:
    """Those of these overrides that count on the status date of their portfolio."""
    rows = HealthOverride._base_manager.filter(
        pk__in=list(ids), state=OverrideState.APPROVED
    ).select_related("programme__portfolio", "project__programme__portfolio", "project__portfolio")
    return {each.pk for each in rows if each.starts_on <= as_of(each.target) <= each.expires_on}


def as_of(target: Programme | Project) -> date:
    """The status date of a programme or a project."""
    portfolio = target.portfolio if isinstance(target, Programme) else target.owner_portfolio
    day: date = portfolio.as_of
    return day
