"""What an end report shows beside its text: baselines against actual figures, and the movement of
its outturn."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from pmhub import formats
from pmhub.database.past import as_at
from programmes import queries
from programmes.models import ReportKind, StatusReport
from programmes.queries.project_figures.bridge import project_bridge
from programmes.rollup.spans import Period
from projects.models import Project, ProjectForecast
from projects.queries import with_figures

OUTTURN = "estimate_at_completion"


def planned_and_actual(report: StatusReport, request: Any) -> dict[str, Any] | None:
    """Return the first and the last baseline of a project beside its actual figures, as known when
    its end report was published, and the causes that moved its outturn. None for other reports."""
    if report.kind != ReportKind.END or report.project_id is None:
        return None
    with as_at(report.published_at):
        project = with_figures(Project.objects.filter(pk=report.project_id)).get()
        approved = project.baselines.filter(approved_on__isnull=False).order_by("number")
        return {
            "project": project,
            "first": approved.first(),
            "last": approved.last(),
            "unit": formats.money_unit(project.owner_portfolio),
            "moved": _moved(project, report, request.user),
        }


def _moved(project: Project, report: StatusReport, user: Any) -> list[tuple[str, str]]:
    """Return by what each cause moved the outturn, from its first computation until the report was
    published."""
    computed = ProjectForecast.objects.filter(project=project).order_by("valid_from")
    begin = computed.values_list("valid_from", flat=True).first()
    published = report.published_at
    end = timezone.now() if published is None else published
    if begin is None or begin >= end:
        return []
    bridge = project_bridge(project, OUTTURN, Period(begin, end), user)
    return [
        (cause, formats.change(amount, bridge.metric.unit))
        for cause, amount in queries.causes(bridge)
    ]
