"""What the pictures draw: the realisation curve, the tracks, the top risks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from benefits.realisation import Period, by_fiscal_year, fiscal_year
from pmhub.collation import InOrder
from pmhub.text import in_order
from programmes.models import LedgerLine, Programme, valid
from programmes.queries.forecasts import DependencyRow, dependency_rows, open_forecasts
from programmes.rollup.benefit_lines import excluded
from programmes.rollup.reading import benefit_facts
from projects.disclosure import End
from projects.models import Dependency, Milestone, Project, ProjectForecast, Risk


def realisation_series(programme: Programme) -> dict[str, Any]:
    """Planned, forecast and actual value of the counted benefits by fiscal year, with sums.

    The forecast of days that were measured is what was measured, so that its sum ends at the
    forecast outturn. `actual` and its sum are None from the first year not measured; `unmeasured`
    is how many benefits were planned to bring something by its end and are not measured to it.
    """
    portfolio = programme.portfolio
    as_of, month = portfolio.as_of, portfolio.fiscal_year_start_month
    counted = [
        each.figures
        for each in benefit_facts({programme.pk: as_of})[programme.pk]
        if not excluded(each) and each.figures
    ]
    planned, actual, forecast = (
        _by_year((getattr(each, name) for each in counted), month)
        for name in ("planned", "measured", "outturn")
    )
    years = sorted(planned.keys() | actual.keys() | forecast.keys())
    unmeasured = Counter(
        year
        for each in counted
        for year in {fiscal_year(period.end, month) for period in each.unmeasured}
    )
    return {
        "unit": "money",
        "currency": portfolio.currency,
        "scale": portfolio.money_unit,
        "as_of": as_of,
        "periods": [
            {**row, "unmeasured": unmeasured[year]}
            for year, row in zip(
                years, _periods(years, month, planned, forecast, actual), strict=True
            )
        ],
    }


def _by_year(benefits: Iterable[Iterable[Period]], month: int) -> dict[int, Decimal]:
    """What the periods of all benefits come to by fiscal year."""
    totals: dict[int, Decimal] = defaultdict(Decimal)
    for periods in benefits:
        for year, value in by_fiscal_year(periods, month).items():
            totals[year] += value
    return totals


def _periods(
    years: Iterable[int],
    month: int,
    planned: dict[int, Decimal],
    forecast: dict[int, Decimal],
    actual: dict[int, Decimal],
) -> Iterable[dict[str, Any]]:
    sums = {"planned": Decimal(0), "forecast": Decimal(0), "actual": Decimal(0)}
    measured = True
    for year in years:
        measured = measured and year in actual
        row: dict[str, Any] = {
            "label": f"FY{year}",
            "start": date(year, month, 1),
            "end": date(year + 1, month, 1) - timedelta(days=1),
        }
        for name, totals in (("planned", planned), ("forecast", forecast), ("actual", actual)):
            known = name != "actual" or measured
            sums[name] += totals.get(year, Decimal(0)) if known else Decimal(0)
            row[name] = totals.get(year, Decimal(0)) if known else None
            row[f"{name}_cumulative"] = sums[name] if known else None
        yield row


@dataclass(frozen=True, slots=True)
class RiskRow:
    """A risk with its signed expected value."""

    risk: Risk
    expected_value: Decimal
    included: bool
    probability: Decimal | None


def top_risks(programme: Programme, user: Any, limit: int = 5) -> list[RiskRow]:
    """The counted risks of the largest expected value that the reader may open."""
    lines = (
        LedgerLine.objects.filter(valid(), programme=programme, metric="risk_mean", included=True)
        .order_by(F("amount").desc(), "source_id")
        .values_list("source_id", "amount", "inputs__probability")[: 3 * limit]
    )
    amounts = {id: amount for id, amount, _ in lines if amount is not None}
    chances = {id: Decimal(chance) for id, _, chance in lines if chance is not None}
    risks = (
        Risk.objects.visible_to(user)
        .filter(pk__in=amounts)
        .select_related("project", "programme", "owner")
    )
    rows = [RiskRow(each, amounts[each.pk], True, chances.get(each.pk)) for each in risks]
    return sorted(rows, key=lambda row: (-row.expected_value, in_order(row.risk.code)))[:limit]


def roadmap(programme: Programme, user: Any, limit: int = 25) -> dict[str, Any]:
    """The tracks: projects with their dates, milestones, dependencies and tranches.

    Of more projects than `limit`, those that finish last are drawn; `total` says how many there
    are.
    """
    drawn = _last_to_finish(programme, limit)
    mine = Project.objects.visible_to(user).filter(programme=programme)
    projects = list(mine.filter(pk__in=drawn).order_by(InOrder("code")))
    forecasts = open_forecasts(each.pk for each in projects)
    milestones: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for each in Milestone.objects.filter(project__in=projects).exclude(state="cancelled"):
        milestones[each.project_id].append(_milestone(each))
    tracks = [_track(each, forecasts.get(each.pk), milestones[each.pk]) for each in projects]
    tranches = [
        {"code": each.code, "name": each.name, "start": each.starts_on, "end": each.ends_on}
        for each in programme.tranches.all()
    ]
    return {
        "as_of": programme.portfolio.as_of,
        **_span(tracks, programme),
        "total": mine.count() if len(drawn) == limit else len(projects),
        "projects": tracks,
        "dependencies": _junctions([each.pk for each in projects], user),
        "tranches": tranches,
    }


def _last_to_finish(programme: Programme, limit: int) -> list[int]:
    """The projects that finish last; those not computed yet fill what room is left."""
    computed = ProjectForecast.objects.filter(computed_under=programme.pk, valid_to__isnull=True)
    found = list(
        computed.order_by(F("finishes_on").desc(nulls_last=True)).values_list(
            "project_id", flat=True
        )[:limit]
    )
    if len(found) < limit:
        rest = Project.objects.filter(programme=programme).exclude(pk__in=found)
        found += rest.order_by(InOrder("code")).values_list("pk", flat=True)[: limit - len(found)]
    return found


def _milestone(milestone: Milestone) -> dict[str, Any]:
    names = ("code", "title", "kind", "baseline_on", "forecast_on", "actual_on")
    return {name: getattr(milestone, name) for name in names}


def _track(project: Project, forecast: Any, milestones: list[dict[str, Any]]) -> dict[str, Any]:
    figures = forecast.figures if forecast else {}
    return {
        "id": project.pk,
        "code": project.code,
        "name": project.name,
        "html_url": f"/projects/{project.pk}/",
        "stage": project.stage,
        "status": project.status,
        "health": forecast.health.get("effective") if forecast else None,
        "baseline_finish": figures.get("baseline_finish"),
        "declared_start": project.actual_start or project.forecast_start,
        "declared_finish": project.actual_finish or project.forecast_finish,
        "propagated_start": forecast.starts_on if forecast else None,
        "propagated_finish": forecast.finishes_on if forecast else None,
        "hidden_delay_days": forecast.hidden_delay_days if forecast else None,
        "driver": figures.get("driver_code"),
        "milestones": milestones,
    }


def _junctions(project_ids: list[int], user: Any) -> list[dict[str, Any]]:
    """Dependencies that meet a drawn track at one end, the other end wherever it is."""
    touching = Dependency.objects.filter(
        Q(receiver__in=project_ids) | Q(giver__in=project_ids)
    ).exclude(status__in=["rejected", "withdrawn"])
    return [
        {
            "code": row.dependency.code,
            "deliverable": row.dependency.deliverable,
            "giver": row.dependency.giver_id if row.giver and row.giver.visible else None,
            "giver_label": _giver_label(row),
            "giver_contact": row.giver.contact if row.giver else None,
            "receiver": row.dependency.receiver_id if row.receiver.visible else None,
            "receiver_label": _label(row.receiver, row.dependency.receiver),
            "receiver_contact": row.receiver.contact,
            "kind": row.dependency.kind,
            "on": row.figures.effective_forecast,
            "need_by": row.dependency.need_by,
            "status": row.figures.status,
            "drives": row.dependency.drives_schedule,
            "hidden": row.hidden,
        }
        for row in dependency_rows(touching, user)
    ]


def _giver_label(row: DependencyRow) -> str | None:
    if row.giver is None:
        return row.dependency.external_giver
    return _label(row.giver, row.dependency.giver)


def _label(end: End, project: Any) -> str | None:
    return project.code if end.visible else end.title


def _span(tracks: list[dict[str, Any]], programme: Programme) -> dict[str, date | None]:
    names = ("declared_start", "declared_finish", "propagated_finish")
    days = [track[name] for track in tracks for name in names if track[name]]
    days += [each for each in (programme.starts_on, programme.planned_end_on) if each]
    return {"start": min(days, default=None), "end": max(days, default=None)}
