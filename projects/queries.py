"""Set-based reads of projects."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.db.models import (
    Case,
    DateField,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from pmhub.past import Now
from projects import evm
from projects.capacity import Booking
from projects.models import (
    Allocation,
    Baseline,
    BudgetLine,
    ContingencyMovement,
    CostActual,
    Dependency,
    DependencyStatus,
    Firmness,
    Project,
    ProjectForecast,
    Resource,
    Risk,
    RiskStatus,
    ended_on,
)
from projects.schedule import DependencyFigures, LinkKind, dependency_figures, find_cycle

ZERO = Value(Decimal("0.00"))
CENT = Decimal("0.01")
COMMITTED = (DependencyStatus.AGREED, DependencyStatus.DELIVERED, DependencyStatus.ACCEPTED)
OWED = (
    DependencyStatus.IDENTIFIED,
    DependencyStatus.PROPOSED,
    DependencyStatus.AGREED,
    DependencyStatus.REJECTED,
)
SETTLED = (DependencyStatus.ACCEPTED, DependencyStatus.REJECTED, DependencyStatus.WITHDRAWN)


def with_figures(queryset: QuerySet) -> QuerySet:
    """Add what is a sum or a choice of finer records: `baseline_start baseline_finish
    budget_at_completion planned_value_profile approved_budget actual_cost as_of`.

    The current baseline is the highest approved one; money is in the portfolio's unit, 0 where
    there is no record, None for what a missing baseline would say.
    """
    current = Baseline.objects.filter(project=OuterRef("pk"), approved_on__isnull=False).order_by(
        "-number"
    )
    return with_status_date(queryset).annotate(
        baseline_start=Subquery(current.values("starts_on")[:1]),
        baseline_finish=Subquery(current.values("finishes_on")[:1]),
        budget_at_completion=Subquery(current.values("budget_at_completion")[:1]),
        planned_value_profile=Subquery(current.values("planned_value_profile")[:1]),
        approved_budget=_total(BudgetLine.objects.all(), "approved")
        + _total(ContingencyMovement.objects.all(), "amount"),
        actual_cost=_total(CostActual.objects.filter(posted_on__lte=OuterRef("as_of")), "amount"),
    )


def with_status_date(queryset: QuerySet) -> QuerySet:
    """Add `as_of`: the day the figures of the project's portfolio speak of."""
    return queryset.annotate(as_of=status_date())


def status_date(project: str = "") -> Coalesce:
    """The status date in SQL; `project` is the path to the project, such as `receiver__`."""
    # Exactly one of the two is there.
    paths = (f"{project}programme__portfolio", f"{project}portfolio")
    fixed = Q(*((f"{path}__status_date_policy", "fixed") for path in paths), _connector=Q.OR)
    day = Coalesce(*(F(f"{path}__status_date") for path in paths))
    zone = Coalesce(*(F(f"{path}__time_zone") for path in paths))
    today = Cast(Func(zone, Now(), function="timezone"), DateField())
    return Coalesce(Case(When(fixed, then=day)), today)


def declared(project: str, event: str) -> Coalesce:
    """The declared `start` or `finish`: the actual day, else the forecast."""
    return Coalesce(F(f"{project}actual_{event}"), F(f"{project}forecast_{event}"))


def _total(rows: QuerySet, column: str) -> Coalesce:
    """The sum of a column over a project's rows."""
    sums = rows.filter(project=OuterRef("pk")).order_by().values("project")
    return Coalesce(Subquery(sums.annotate(total=Sum(column)).values("total")), ZERO)


def planned_value(profile: Sequence[Sequence[str]] | None, as_of: date) -> Decimal | None:
    """Planned value at a day from the stored points of a baseline, to the cent.

    Only the points around the day are converted: days written this way sort as text.
    """
    if profile is None:
        return None
    after = bisect_right(profile, as_of.isoformat(), key=itemgetter(0))
    around = profile[max(0, after - 1) : after + 1]
    points = [(date.fromisoformat(day), Decimal(value)) for day, value in around]
    return evm.planned_value(points, as_of).quantize(CENT)


# Dependencies


def hidden_delays(project_ids: Collection[int]) -> dict[int, int]:
    """Days by which each project really finishes later than it declares; 0 where not computed."""
    rows = ProjectForecast.objects.filter(project_id__in=project_ids, valid_to__isnull=True)
    return {id: days or 0 for id, days in rows.values_list("project_id", "hidden_delay_days")}


def dependency_figures_of(row: Mapping[str, Any], giver_hidden_days: int) -> DependencyFigures:
    """Lateness, float and colour of a dependency as read: its columns, and of the receiver
    `_start _finish` (declared) and `_as_of`."""
    return dependency_figures(
        kind=LinkKind(row["kind"]),
        lag_days=row["lag_days"],
        need_by=row["need_by"],
        forecast_on=row["delivered_on"] or row["forecast_on"],
        accepted=row["status"] == DependencyStatus.ACCEPTED,
        delivered=row["delivered_on"] is not None,
        agreed=row["status"] in COMMITTED,
        drives=row["drives_schedule"],
        hard=row["hardness"] == "hard",
        giver_hidden_days=giver_hidden_days,
        receiver_start=row["_start"],
        receiver_finish=row["_finish"],
        as_of=row["_as_of"],
    )


def awaited_from(project: Project) -> QuerySet[Dependency]:
    """What others still wait for from a project, by code: nothing was delivered, or it was turned
    down."""
    return project.dependencies_out.filter(status__in=OWED).order_by("code")


def waited_for(project: Project) -> QuerySet[Dependency]:
    """What a project still waits for, by code."""
    return project.dependencies_in.filter(status__in=OWED).order_by("code")


def open_risks(project: Project) -> QuerySet[Risk]:
    """The risks of a project that may still happen, drafts among them, by code."""
    return project.risks.filter(status__in=[RiskStatus.DRAFT, RiskStatus.OPEN]).order_by("code")


def cycle_through(link: Dependency) -> list[int]:
    """The ids of the projects in a circle that this unsaved link closes, if it does."""
    others: Any = (  # none without a giver
        Dependency.objects.filter(drives_schedule=True, giver__isnull=False)
        .exclude(pk=link.pk)
        .exclude(status__in=SETTLED)
        .values_list("giver_id", "receiver_id")
    )
    return find_cycle([(link.giver_id, link.receiver_id), *others]) or []


# Resources


def bookings(resource: Resource) -> list[Booking]:
    """What projects have booked of a resource; requested bookings do not count."""
    rows = Allocation.objects.filter(resource=resource).values_list(
        "project_id", "units", "starts_on", "ends_on", "firmness", ended_on("project__")
    )
    return [
        Booking(project, units, start, end, firmness != Firmness.REQUESTED, ended)
        for project, units, start, end, firmness, ended in rows
    ]


def units(value: Decimal) -> Decimal:
    """Units of a resource, to the ten-thousandth."""
    return value.quantize(Decimal("0.0001"))
