"""What the end report of a programme shows beside its words: what was planned against what came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Max, Min, OuterRef, Subquery, Sum
from django.utils import timezone

from pmhub import formats
from pmhub.database.past import as_at
from programmes import queries
from programmes.models import MetricValue, Programme, ReportKind, StatusReport
from programmes.queries.cases import case_in_force
from programmes.rollup.spans import Period
from projects.models import Baseline, Project, ended_on

MOVED = ("estimate_at_completion", "benefits_forecast_outturn")


def planned_beside_actual(report: StatusReport, request: Any) -> dict[str, Any] | None:
    """Return the first and the last baseline of a programme beside its actual figures, as known
    when its end report was published, and the causes that moved its outturn. None for other
    reports."""
    if report.kind != ReportKind.END or report.programme_id is None:
        return None
    with as_at(report.published_at):
        programme = Programme.objects.select_related("portfolio").get(pk=report.programme_id)
        return {
            "programme": programme,
            "unit": formats.money_unit(programme.portfolio),
            "rows": list(_rows(programme, report)),
            "moved": list(_moved(programme, report, request.user)),
        }


def _rows(programme: Programme, report: StatusReport) -> Iterator[dict[str, Any]]:
    """Return what is compared, each with how it looks: days, then money."""
    projects = Project.objects.filter(programme=programme)
    first, last = _baselines(projects, "number"), _baselines(projects, "-number")
    came = projects.aggregate(starts_on=Min("actual_start"), finishes_on=Max(ended_on()))
    figures = queries.rollup(programme, at=report.published_at)
    yield {
        "label": "End of the programme",
        "last": programme.planned_end_on,
        "came": programme.actual_end_on,
    }
    for name, label in (("starts_on", "Start of projects"), ("finishes_on", "Finish of projects")):
        yield {"label": label, "first": first[name], "last": last[name], "came": came[name]}
    yield {
        "label": "Cost of projects",
        "first": first["budget_at_completion"],
        "last": last["budget_at_completion"],
        "came": figures.value("actual_cost"),
        "money": True,
    }
    for label, planned, brought in (
        ("Benefits to date", "benefits_planned_to_date", "benefits_actual_to_date"),
        ("Benefits, whole life", "benefits_whole_life_planned", "benefits_forecast_outturn"),
    ):
        values = {"last": figures.value(planned), "came": figures.value(brought)}
        yield {"label": label, **values, "money": True}
    case = case_in_force(programme)
    if case is not None:
        now = figures.value("case_npsv_now")
        yield {"label": "Net present value", "last": case.npsv, "came": now, "money": True}


def _baselines(projects: Any, order: str) -> dict[str, Any]:
    """Return what the approved baselines of projects, the first or the last of each, come to."""
    approved = Baseline.objects.filter(project=OuterRef("pk"), approved_on__isnull=False)
    one_each = projects.annotate(baseline=Subquery(approved.order_by(order).values("pk")[:1]))
    return Baseline.objects.filter(pk__in=one_each.values("baseline")).aggregate(
        starts_on=Min("starts_on"),
        finishes_on=Max("finishes_on"),
        budget_at_completion=Sum("budget_at_completion"),
    )


def _moved(
    programme: Programme, report: StatusReport, user: Any
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield what each cause moved the outturn of costs and of benefits by, since each was first
    computed."""
    end = report.published_at or timezone.now()
    values = MetricValue.objects.filter(programme=programme, metric__in=MOVED)
    begins = dict(values.order_by().values_list("metric").annotate(Min("valid_from")))
    for name in MOVED:
        if name in begins and begins[name] < end:
            bridge = queries.bridge(programme, name, Period(begins[name], end), user)
            causes = [
                (cause, formats.change(amount, bridge.metric.unit))
                for cause, amount in queries.causes(bridge)
            ]
            yield bridge.metric.label, causes
