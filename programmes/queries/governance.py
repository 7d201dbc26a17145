"""How a programme is governed: progress of objectives, delivery confidence over time, overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import Lag

from benefits.models import Benefit
from benefits.models.states import GIVEN_UP
from benefits.realisation import realised_share
from pmhub.database.collation import InOrder
from programmes.models import (
    DcaRecord,
    HealthOverride,
    LedgerLine,
    ObjectiveMeasurement,
    Programme,
    StrategicObjective,
    valid,
)
from programmes.models.confidence import change
from programmes.models.states import ObjectiveMeasurementStatus, OverrideState
from programmes.ratios import Ratio, progress
from projects.models import Project

Measured = tuple[Decimal, date]
ZERO = Decimal(0)


def last_verified(objectives: Sequence[int]) -> dict[int, Measured]:
    """Return the last verified measurement of each of these objectives, as value and day: one
    query."""
    rows = (
        ObjectiveMeasurement._base_manager.filter(
            objective__in=list(objectives), status=ObjectiveMeasurementStatus.VERIFIED
        )
        .order_by("objective", "-on", "-pk")
        .distinct("objective")
    )
    return {id: (value, day) for id, value, day in rows.values_list("objective", "value", "on")}


def confidence_changes(rows: Sequence[dict[str, Any]]) -> dict[int, str]:
    """Return by id how each of these judgements differs from the one before it, of the same kind
    and the same programme or project: one query."""
    of = {
        name: {row[name] for row in rows if row[name] is not None}
        for name in ("programme", "project")
    }
    records = DcaRecord._base_manager.filter(programme__in=of["programme"]) | (
        DcaRecord._base_manager.filter(project__in=of["project"])
    )
    pairs = records.annotate(
        before=Window(
            Lag("value"),
            partition_by=[F("programme"), F("project"), F("kind")],
            order_by=[F("on").asc(), F("id").asc()],
        )
    )
    return {
        id: str(change(before, now))
        for id, before, now in pairs.order_by().values_list("id", "before", "value")
    }


def counting_overrides(ids: Sequence[int]) -> set[int]:
    """Return those of these overrides that count on the status date of their portfolio."""
    rows = HealthOverride._base_manager.filter(
        pk__in=list(ids), state=OverrideState.APPROVED
    ).select_related("programme__portfolio", "project__programme__portfolio", "project__portfolio")
    return {row.pk for row in rows if row.starts_on <= as_of(row.target) <= row.expires_on}


def as_of(target: Programme | Project) -> date:
    """The status date of a programme or a project."""
    portfolio = target.portfolio if isinstance(target, Programme) else target.owner_portfolio
    day: date = portfolio.as_of
    return day


# What a programme is for


ACTUAL, PLANNED = "benefits_actual_to_date", "benefits_whole_life_planned"


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """An objective that a programme serves: its last verified measurement and the progress by that;
    the number of the programme's benefits that serve it, and the share of their plan that is
    realised."""

    objective: StrategicObjective
    value: Decimal | None
    on: date | None
    progress: Ratio
    benefits: int
    realised: Ratio


def objectives_of(
    programme: Programme, user: Any, at: datetime | None = None
) -> tuple[list[ObjectiveRow], list[Benefit]]:
    """Return the objectives that a programme serves, itself or by a benefit, and its benefits that
    serve none: five queries. A benefit is counted under each objective that it serves; its value
    only under its main one."""
    benefits = list(
        Benefit.objects.visible_to(user)
        .filter(programme=programme)
        .exclude(status__in=GIVEN_UP)
        .prefetch_related("objectives")
        .order_by(InOrder("code"), "pk")
    )
    serves = {benefit.pk: _served(benefit) for benefit in benefits}
    wanted = {id for served in serves.values() for id in served}
    mine = Q(pk__in=wanted) | Q(programmes=programme)
    rows_of = StrategicObjective.objects.filter(mine).distinct()
    objectives = list(rows_of.select_related("owner", "portfolio"))
    measured = last_verified([objective.pk for objective in objectives])
    money = money_of([programme], at)
    rows = [
        _objective_row(
            objective,
            measured.get(objective.pk),
            [benefit for benefit in benefits if objective.pk in serves[benefit.pk]],
            money,
        )
        for objective in objectives
    ]
    return rows, [benefit for benefit in benefits if not serves[benefit.pk]]


def _served(benefit: Benefit) -> list[int]:
    """Return the ids of the objectives that a benefit serves, its main one first."""
    others = sorted(objective.pk for objective in benefit.objectives.all())
    return [*dict.fromkeys([*filter(None, [benefit.objective_id]), *others])]


def money_of(
    programmes: Iterable[Programme], at: datetime | None = None
) -> dict[tuple[int, str], Decimal]:
    """Return what is realised and planned of the benefits of these programmes, by id and metric."""
    lines = LedgerLine.objects.filter(
        valid(at), programme__in=programmes, metric__in=(ACTUAL, PLANNED), included=True
    )
    return {
        (id, metric): amount
        for id, metric, amount in lines.values_list("source_id", "metric", "amount")
        if amount is not None
    }


def _objective_row(
    objective: StrategicObjective,
    measured: Measured | None,
    linked: Sequence[Benefit],
    money: Mapping[tuple[int, str], Decimal],
) -> ObjectiveRow:
    value, on = measured or (None, None)
    own = [benefit.pk for benefit in linked if _served(benefit)[0] == objective.pk]
    return ObjectiveRow(
        objective,
        value,
        on,
        progress(value, objective.baseline_value, objective.target_value),
        len(linked),
        _realised(own, money) if linked else Ratio(None, "no_benefit"),
    )


def _realised(ids: Sequence[int], money: Mapping[tuple[int, str], Decimal]) -> Ratio:
    actual = [money[id, ACTUAL] for id in ids if (id, ACTUAL) in money]
    planned = sum((money.get((id, PLANNED), ZERO) for id in ids), ZERO)
    return realised_share(sum(actual, ZERO), planned) if actual else Ratio(None, "never_measured")
