"""Set-based reads of projects."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

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
from django.db.models.functions import Cast, Coalesce, Now

from projects import evm
from projects.models import Baseline, BudgetLine, ContingencyMovement, CostActual

ZERO = Value(Decimal("0.00"))
CENT = Decimal("0.01")


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
    paths = ("programme__portfolio", "portfolio")  # exactly one of the two is there
    fixed = Q(*((f"{path}__status_date_policy", "fixed") for path in paths), _connector=Q.OR)
    day = Coalesce(*(F(f"{path}__status_date") for path in paths))
    zone = Coalesce(*(F(f"{path}__time_zone") for path in paths))
    today = Cast(Func(zone, Now(), function="timezone"), DateField())
    return queryset.annotate(as_of=Coalesce(Case(When(fixed, then=day)), today))


def _total(rows: QuerySet, column: str) -> Coalesce:
    """The sum of a column over a project's rows."""
    sums = rows.filter(project=OuterRef("pk")).order_by().values("project")
    return Coalesce(Subquery(sums.annotate(total=Sum(column)).values("total")), ZERO)


def planned_value(profile: list[list[str]] | None, as_of: date) -> Decimal | None:
    """Planned value at a day from the stored points of a baseline, to the cent."""
    if profile is None:
        return None
    points = [(date.fromisoformat(day), Decimal(value)) for day, value in profile]
    return evm.planned_value(points, as_of).quantize(CENT)
