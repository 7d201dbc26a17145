"""Reads the facts of a batch: a fixed number of set-based queries, however large the batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import ExtractMonth, ExtractYear

from benefits.models import (
    Benefit,
    BenefitMeasurement,
    BenefitProfileEntry,
    MeasurementStatus,
    ProfileVersion,
)
from benefits.realisation import Period, fiscal_year, flow_figures
from programmes.appraisal import Schedule
from programmes.health import Thresholds
from programmes.models import (
    AssuranceRecommendation,
    Portfolio,
    Programme,
    ProgrammeLine,
    StatusDatePolicy,
)
from programmes.rollup.facts import (
    ZERO,
    BaselineFacts,
    BenefitFacts,
    DependencyFacts,
    Facts,
    IssueFacts,
    LineFacts,
    PortfolioFacts,
    ProgrammeFacts,
    ProjectFacts,
    RiskFacts,
)
from projects.capacity import Booking, monthly_load
from projects.models import (
    Allocation,
    Baseline,
    BudgetLine,
    ComplianceItem,
    ContingencyMovement,
    CostActual,
    Dependency,
    Issue,
    Project,
    ProjectForecast,
    Risk,
)
from projects.risk import Impact
from projects.schedule import Position

HORIZON_MONTHS = 3  # how far ahead overload of booked resources counts for health
Grouped = Mapping[int, Sequence[Any]]


def read(programme_ids: Iterable[int] = (), standalone_ids: Iterable[int] = ()) -> Facts:
    """The facts of these programmes, and of these projects that stand alone."""
    programmes = list(Programme.objects.filter(pk__in=list(programme_ids)).order_by("pk"))
    projects = _projects([each.pk for each in programmes], list(standalone_ids))
    portfolio_of = {row["id"]: row["owner"] for row in projects}
    owners = {each.portfolio_id for each in programmes} | set(portfolio_of.values())
    portfolios = {each.pk: portfolio_facts(each) for each in _portfolios(owners)}
    project_facts = _with_registers(projects, portfolios)
    return Facts(
        portfolios=portfolios,
        projects=project_facts,
        portfolio_of=portfolio_of,
        settled=_settled(project_facts),
        programmes=_programmes(programmes, portfolios, project_facts),
    )


def read_all() -> Facts:
    """The facts of everything there is, for verification."""
    return read(
        Programme.objects.values_list("pk", flat=True),
        Project.objects.filter(programme__isnull=True).values_list("pk", flat=True),
    )


def _portfolios(ids: Iterable[int]) -> QuerySet[Portfolio]:
    return Portfolio.objects.filter(pk__in=list(ids))


def portfolio_facts(portfolio: Portfolio) -> PortfolioFacts:
    """The rules that a portfolio sets."""
    return PortfolioFacts(
        id=portfolio.pk,
        as_of=portfolio.as_of,
        thresholds=Thresholds.from_dict(portfolio.rag_thresholds),
        discount_base_year=portfolio.discount_base_year,
        schedule=Schedule(portfolio.discount_schedule),
        rate=portfolio.discount_rate,
        fiscal_start_month=portfolio.fiscal_year_start_month,
        moves=portfolio.status_date_policy == StatusDatePolicy.TODAY,
        time_zone=portfolio.time_zone,
    )


def _grouped(rows: Iterable[tuple[Any, ...]]) -> Mapping[int, list[tuple[Any, ...]]]:
    """Rows by their first column."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found


# Projects


def _projects(programme_ids: list[int], standalone_ids: list[int]) -> list[dict[str, Any]]:
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


def _with_registers(
    rows: Sequence[dict[str, Any]], portfolios: Mapping[int, PortfolioFacts]
) -> list[ProjectFacts]:
    ids = [row["id"] for row in rows]
    as_of = {row["id"]: portfolios[row["owner"]].as_of for row in rows}
    months = {row["id"]: portfolios[row["owner"]].fiscal_start_month for row in rows}
    baselines = _baselines(ids)
    approved = _approved(ids)
    actuals = _actuals("project_id", as_of, months)
    risks = _risks(as_of, programme_dates={})
    issues = _issues("project_id", as_of)
    dependencies = _dependencies(ids)
    compliance = _compliance(as_of)
    assurance = _assurance("project_id", as_of)
    overloads = _overloads(as_of)
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
            actual=sum(actuals[row["id"]].values(), ZERO),
            actual_by_year=actuals[row["id"]],
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


def _actuals(
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


# Registers


def _risks(
    project_dates: Mapping[int, date], programme_dates: Mapping[int, date]
) -> dict[str, Mapping[int, list[RiskFacts]]]:
    """Risks by the project or the programme that holds them."""
    mine = Q(project_id__in=list(project_dates)) | Q(programme_id__in=list(programme_dates))
    rows = (
        Risk.objects.filter(mine)
        .order_by("code")
        .values_list(
            "id", "code", "project_id", "programme_id", "kind", "status", "aggregated_into_id",
            "proximity_on", "residual_probability", "residual_cost_min",
            "residual_cost_most_likely", "residual_cost_max", "residual_days_most_likely",
            "benefit_effect_percent",
        )
    )  # fmt: skip
    found: dict[str, Mapping[int, list[RiskFacts]]] = {
        "project": defaultdict(list),
        "programme": defaultdict(list),
    }
    for row in rows:
        project, programme = row[2], row[3]
        as_of = project_dates[project] if project else programme_dates[programme]
        level = "project" if project else "programme"
        found[level][project or programme].append(_risk(row, as_of))
    return found


def _risk(row: tuple[Any, ...], as_of: date) -> RiskFacts:
    (id, code, project, programme, kind, status, aggregated, proximity, chance,
     low, likely, high, days, benefit) = row  # fmt: skip
    impact = None
    if chance is not None and likely is not None:
        low, high = (likely if low is None else low), (likely if high is None else high)
        impact = Impact(chance, low, likely, high, kind == "opportunity")
    return RiskFacts(
        id=id,
        code=code,
        project=project,
        programme=programme,
        impact=impact,
        days=days or 0,
        benefit_percent=benefit,
        proximity=proximity,
        threat=kind == "threat",
        reason=_uncounted(status, aggregated, proximity, impact, as_of),
    )


def _uncounted(
    status: str, aggregated: int | None, proximity: date | None, impact: Impact | None, as_of: date
) -> str:
    """Why a risk does not count at this level, if so."""
    if status != "open":
        return status
    if aggregated is not None:
        return "aggregated"
    if proximity is not None and proximity < as_of:
        return "proximity_passed"
    return "" if impact else "not_estimated"


def _issues(parent: str, as_of: Mapping[int, date]) -> Mapping[int, list[IssueFacts]]:
    rows = (
        Issue.objects.filter(**{f"{parent}__in": list(as_of)})
        .exclude(state__in=["resolved", "closed"])
        .order_by("code")
        .values_list(parent, "code", "severity", "due_on")
    )
    found: dict[int, list[IssueFacts]] = defaultdict(list)
    for id, code, severity, due in rows:
        found[id].append(IssueFacts(code, severity, due is not None and due < as_of[id]))
    return found


def _dependencies(ids: Sequence[int]) -> Mapping[int, list[DependencyFacts]]:
    """Inbound dependencies of each project."""
    rows = (
        Dependency.objects.filter(receiver_id__in=ids)
        .order_by("code")
        .values_list(
            "id", "code", "giver_id", "receiver_id", "kind", "lag_days", "need_by", "forecast_on",
            "status", "drives_schedule", "hardness", "delivered_on",
        )
    )  # fmt: skip
    found: dict[int, list[DependencyFacts]] = defaultdict(list)
    for row in rows:
        each = DependencyFacts(*row[:10], row[10] == "hard", row[11])
        found[each.receiver].append(each)
    return found


def _settled(projects: Sequence[ProjectFacts]) -> dict[int, Position]:
    """Where givers outside the batch stand: their stored forecasts."""
    mine = {each.id for each in projects}
    givers = {
        link.giver
        for each in projects
        for link in each.dependencies
        if link.giver and link.giver not in mine
    }
    rows = ProjectForecast.objects.filter(
        project_id__in=givers, valid_to__isnull=True, starts_on__isnull=False
    ).values_list(
        "project_id", "starts_on", "finishes_on", "slip_days", "hidden_delay_days", "driver"
    )
    return {row[0]: Position(row[1], row[2], row[3], row[4] or 0, row[5]) for row in rows}


def _compliance(as_of: Mapping[int, date]) -> Mapping[int, list[tuple[str, bool, bool]]]:
    rows = (
        ComplianceItem.objects.filter(project_id__in=list(as_of))
        .exclude(state="granted")
        .order_by("code")
        .values_list("project_id", "code", "due_on", "blocks")
    )
    found: dict[int, list[tuple[str, bool, bool]]] = defaultdict(list)
    for id, code, due, blocks in rows:
        found[id].append((code, due is not None and due < as_of[id], blocks != "none"))
    return found


def _assurance(parent: str, as_of: Mapping[int, date]) -> Mapping[int, list[tuple[str, bool]]]:
    """Open recommendations of each parent's reviews: (priority, overdue)."""
    rows = (
        AssuranceRecommendation.objects.filter(
            **{f"review__{parent}__in": list(as_of)}, state="open"
        )
        .order_by("review__code", "number")
        .values_list(f"review__{parent}", "priority", "due_on")
    )
    found: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for id, priority, due in rows:
        found[id].append((priority, due is not None and due < as_of[id]))
    return found


# Resources


def _overloads(
    as_of: Mapping[int, date],
) -> Mapping[int, list[tuple[str, date, Decimal | None]]]:
    """Overloaded months ahead of each project, in resources it has booked in them."""
    found: dict[int, list[tuple[str, date, Decimal | None]]] = defaultdict(list)
    booked = Allocation.objects.filter(project_id__in=list(as_of)).values("resource_id")
    rows = (
        Allocation.objects.filter(resource_id__in=booked)
        .exclude(firmness="requested")
        .order_by("resource__code", "id")
        .values_list(
            "resource_id", "resource__code", "resource__capacity", "project_id", "units",
            "starts_on", "ends_on",
        )
    )  # fmt: skip
    bookings = _grouped(rows)
    for day in sorted(set(as_of.values())):
        first = _next_month(day)
        for each in bookings.values():
            code, capacity = each[0][0], each[0][1]
            loads = monthly_load(
                capacity, [Booking(*row[2:], True) for row in each], first, HORIZON_MONTHS
            )
            for month in loads:
                for project in month.projects if month.over > 0 else ():
                    if as_of.get(project) == day:
                        share = month.over / capacity if capacity else None
                        found[project].append((code, month.month, share))
    return found


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


# Programmes


def _programmes(
    programmes: Sequence[Programme],
    portfolios: Mapping[int, PortfolioFacts],
    projects: Sequence[ProjectFacts],
) -> list[ProgrammeFacts]:
    as_of = {each.pk: portfolios[each.portfolio_id].as_of for each in programmes}
    months = {each.pk: portfolios[each.portfolio_id].fiscal_start_month for each in programmes}
    movements = _movements(list(as_of))
    lines = _lines(as_of, months)
    risks = _risks({}, programme_dates=as_of)["programme"]
    issues = _issues("programme_id", as_of)
    assurance = _assurance("programme_id", as_of)
    benefits = benefit_facts(as_of)
    of_projects: dict[int, list[RiskFacts]] = defaultdict(list)
    for project in projects:
        if project.programme is not None:
            of_projects[project.programme].extend(project.risks)
    return [
        ProgrammeFacts(
            id=each.pk,
            portfolio=portfolios[each.portfolio_id],
            dca=each.dca,
            ends_on=each.planned_end_on,
            contingency=each.contingency_budget,
            movements=movements[each.pk],
            lines=lines[each.pk],
            risks=sorted([*of_projects[each.pk], *risks[each.pk]], key=lambda risk: risk.code),
            issues=issues[each.pk],
            assurance=assurance[each.pk],
            benefits=benefits[each.pk],
        )
        for each in programmes
    ]


def _movements(ids: Sequence[int]) -> Mapping[int, list[Any]]:
    return _grouped(
        ContingencyMovement.objects.filter(programme_id__in=ids)
        .order_by("id")
        .values_list("programme_id", "id", "project_id", "amount")
    )


def _lines(as_of: Mapping[int, date], months: Mapping[int, int]) -> Mapping[int, list[LineFacts]]:
    rows = list(
        ProgrammeLine.objects.filter(programme_id__in=list(as_of))
        .order_by("code")
        .values_list("programme_id", "id", "approved_budget", "estimate_to_complete")
    )
    dates = {id: as_of[programme] for programme, id, *_ in rows}
    starts = {id: months[programme] for programme, id, *_ in rows}
    actuals = _actuals("programme_line_id", dates, starts)
    found: dict[int, list[LineFacts]] = defaultdict(list)
    for programme, id, approved, estimate in rows:
        actual = sum(actuals[id].values(), ZERO)
        to_go = what_remains(approved, actual) if estimate is None else estimate
        found[programme].append(LineFacts(id, approved, actual, to_go, actuals[id]))
    return found


def what_remains(approved: Decimal, actual: Decimal) -> Decimal:
    """What is left of a budget, or of an income that is negative; nothing once it is used up."""
    left = approved - actual
    return left if (left > 0) == (approved > 0) else ZERO


def benefit_facts(as_of: Mapping[int, date]) -> Mapping[int, list[BenefitFacts]]:
    rows = list(
        Benefit.objects.filter(programme_id__in=list(as_of))
        .order_by("code")
        .values(
            "id", "programme_id", "code", "level", "category", "kind", "monetised", "status",
            "unit", "polarity", "confidence",
        )
    )  # fmt: skip
    ids = [row["id"] for row in rows]
    profiles, actuals = benefit_profiles(ids), verified_measurements(ids)
    found: dict[int, list[BenefitFacts]] = defaultdict(list)
    for row in rows:
        programme = row["programme_id"]
        found[programme].append(
            _benefit(row, profiles[row["id"]], actuals[row["id"]], as_of[programme])
        )
    return found


def _benefit(
    row: Mapping[str, Any],
    profiles: Mapping[str, Sequence[Period]],
    actual: Sequence[Period],
    as_of: date,
) -> BenefitFacts:
    planned = profiles.get(ProfileVersion.APPROVED) or profiles.get(ProfileVersion.BASELINE, [])
    forecast = profiles.get(ProfileVersion.FORECAST, [])
    figures = None
    if row["kind"] == "flow":
        figures = flow_figures(row["polarity"], planned, actual, forecast, row["confidence"], as_of)
    return BenefitFacts(
        id=row["id"],
        code=row["code"],
        level=row["level"],
        category=row["category"],
        monetised=row["monetised"],
        withdrawn=row["status"] in ("withdrawn", "superseded"),
        unit=row["unit"],
        polarity=row["polarity"],
        confidence=row["confidence"],
        planned=planned,
        forecast=forecast,
        actual=actual,
        figures=figures,
    )


def benefit_profiles(ids: Sequence[int]) -> Mapping[int, dict[str, list[Period]]]:
    """The latest version of each kind of profile of each benefit."""
    rows = (
        BenefitProfileEntry.objects.filter(benefit_id__in=ids)
        .order_by("benefit_id", "version_kind", "version_number", "period_start")
        .values_list(
            "benefit_id", "version_kind", "version_number", "period_start", "period_end", "value"
        )
    )
    found: dict[int, dict[str, list[Period]]] = defaultdict(dict)
    latest: dict[tuple[int, str], int] = {}
    for id, kind, number, start, end, value in rows:
        if latest.get((id, kind)) != number:  # a later version replaces the one before
            latest[id, kind] = number
            found[id][kind] = []
        found[id][kind].append(Period(start, end, value))
    return found


def verified_measurements(ids: Sequence[int]) -> Mapping[int, list[Period]]:
    """Verified measurements of each benefit, in order of time."""
    rows = (
        BenefitMeasurement.objects.filter(benefit_id__in=ids, status=MeasurementStatus.VERIFIED)
        .order_by("benefit_id", "period_start")
        .values_list("benefit_id", "period_start", "period_end", "value")
    )
    found: dict[int, list[Period]] = defaultdict(list)
    for id, start, end, value in rows:
        found[id].append(Period(start, end, value))
    return found
