"""Reads projects: plans, money and the registers that hang on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import ExtractMonth, ExtractYear

from benefits.realisation import fiscal_year
from programmes.rollup.facts import (
    ZERO,
    BaselineFacts,
    PortfolioFacts,
    ProjectFacts,
)
from programmes.rollup.reading import registers
from projects.models import (
    Baseline,
    BudgetLine,
    ContingencyMovement,
    CostActual,
    Project,
)


def project_rows(programme_ids: list[int], standalone_ids: list[int]) -> list[dict[str, Any]]:
    """Rows of the projects of these programmes, and of these that stand alone."""
    mine = Q(programme_id__in=programme_ids) | Q(pk__in=standalone_ids, programme_id__isnull=True)
    rows = (
        Project.objects.filter(mine)
        .order_by("pk")
        .values(
            "id", "code", "name", "programme_id", "portfolio_id", "status", "forecast_start",
            "forecast_finish", "actual_start", "actual_finish", "percent_complete",
            "estimate_to_complete", "declared_rag", "declared_on",
            via=F("programme__portfolio_id"),
        )
    )  # fmt: skip
    return [{**row, "owner": row["via"] or row["portfolio_id"]} for row in rows]


def project_facts(
    rows: Sequence[dict[str, Any]], portfolios: Mapping[int, PortfolioFacts]
) -> list[ProjectFacts]:
    """These projects with their plans, money and registers."""
    ids = [row["id"] for row in rows]
    as_of = {row["id"]: portfolios[row["owner"]].as_of for row in rows}
    months = {row["id"]: portfolios[row["owner"]].fiscal_start_month for row in rows}
    baselines = _baselines(ids)
    approved = _approved(ids)
    spent = actuals("project_id", as_of, months)
    risks = registers.risks(as_of, programme_dates={})
    issues = registers.issues("project_id", as_of)
    dependencies = registers.dependencies(ids)
    compliance = registers.compliance(as_of)
    assurance = registers.assurance("project_id", as_of)
    overloads = registers.overloads(as_of)
    return [
        ProjectFacts(
            id=row["id"],
            code=row["code"],
            name=row["name"],
            programme=row["programme_id"],
            status=row["status"],
            start=row["actual_start"] or row["forecast_start"],
            finish=row["actual_finish"] or row["forecast_finish"],
            started=row["actual_start"] is not None,
            percent_complete=row["percent_complete"],
            estimate_to_complete=row["estimate_to_complete"],
            declared=row["declared_rag"],
            declared_on=row["declared_on"],
            baseline=baselines.get(row["id"]),
            approved=approved.get(row["id"]),
            actual=sum(spent[row["id"]].values(), ZERO),
            actual_by_year=spent[row["id"]],
            risks=risks["project"][row["id"]],
            issues=issues[row["id"]],
            dependencies=dependencies[row["id"]],
            compliance=compliance[row["id"]],
            assurance=assurance[row["id"]],
            overloads=overloads[row["id"]],
        )
        for row in rows
    ]


def _baselines(ids: Sequence[int]) -> dict[int, BaselineFacts]:
    """The highest approved baseline of each project."""
    rows = (
        Baseline.objects.filter(project_id__in=ids, approved_on__isnull=False)
        .order_by("project_id", "-number")
        .distinct("project_id")
        .values_list(
            "project_id",
            "starts_on",
            "finishes_on",
            "budget_at_completion",
            "planned_value_profile",
        )
    )
    return {
        project: BaselineFacts(
            start, finish, budget, profile_points(profile, start, finish, budget)
        )
        for project, start, finish, budget, profile in rows
    }


def profile_points(
    profile: Sequence[Sequence[Any]], start: date, finish: date, budget: Decimal
) -> list[tuple[date, Decimal]]:
    """Cumulative planned value by date; without a profile the budget is spent evenly."""
    if not profile:
        return [(start, ZERO), (finish, budget)]
    return [(date.fromisoformat(day), Decimal(str(value))) for day, value in profile]


def _approved(ids: Sequence[int]) -> dict[int, Decimal]:
    """Approved budget with contingency drawn; a project without budget lines has none."""
    budgets = dict(_sums(BudgetLine.objects.filter(project_id__in=ids), "approved"))
    drawn = dict(_sums(ContingencyMovement.objects.filter(project_id__in=ids), "amount"))
    return {id: budgets.get(id, ZERO) + drawn.get(id, ZERO) for id in budgets.keys() | drawn.keys()}


def _sums(rows: QuerySet[Any], column: str) -> QuerySet[Any, tuple[int, Decimal]]:
    return (
        rows.order_by()
        .values("project_id")
        .annotate(total=Sum(column))
        .values_list("project_id", "total")
    )


def _up_to(parent: str, column: str, as_of: Mapping[int, date]) -> Q:
    """Rows of these parents dated no later than the status date of each: one date is the rule,
    so that this is one condition in all but an estate of many portfolios."""
    by_date: dict[date, list[int]] = defaultdict(list)
    for id, day in as_of.items():
        by_date[day].append(id)
    condition = Q(pk__in=[])
    for day, ids in by_date.items():
        condition |= Q(**{f"{parent}__in": ids, f"{column}__lte": day})
    return condition


def actuals(
    parent: str, as_of: Mapping[int, date], months: Mapping[int, int]
) -> Mapping[int, dict[int, Decimal]]:
    """Actual cost of each parent by fiscal year."""
    rows = (
        CostActual.objects.filter(_up_to(parent, "posted_on", as_of))
        .order_by()
        .values(parent, year=ExtractYear("posted_on"), month=ExtractMonth("posted_on"))
        .annotate(total=Sum("amount"))
        .values_list(parent, "year", "month", "total")
    )
    found: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for id, year, month, total in sorted(rows):
        found[id][fiscal_year(date(year, month, 1), months[id])] += total
    return found
