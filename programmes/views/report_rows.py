"""What reports show row by row: figures, milestones, projects, and how a report came to be."""

from __future__ import annotations

from typing import Any

from pmhub import formats
from pmhub import queries as records
from programmes import queries
from programmes.models import StatusReport
from programmes.queries import Bridge, ReportFigures
from programmes.queries.report_drafts import slip_of
from programmes.views.rows import page_of


def figure_row(name: str, label: str, report_figures: ReportFigures) -> dict[str, Any]:
    """A main figure with what it was in the report before."""
    reading, moved = report_figures.rollup.metrics.get(name), report_figures.moved.get(name)
    return {
        "label": label,
        "metric": reading,
        "shown": formats.shown(reading),
        "money": reading is not None and reading.unit == "money",
        "before": formats.shown(moved.before) if moved else "",
        "change": formats.change(moved.difference, moved.metric.unit) if moved else "",
        "causes": cause_rows(moved) if moved else [],
    }


def cause_rows(moved: Bridge) -> list[dict[str, Any]]:
    """Return what moved it, by cause."""
    return [
        {"cause": cause, "change": formats.change(amount, moved.metric.unit)}
        for cause, amount in queries.causes(moved)
    ]


def projects_told(programme: Any, user: Any) -> dict[str, list[Any]]:
    """Return the projects by whether they have said something, those that are late marked."""
    rows = [
        {"project": said.project, "report": said.report, "due_on": said.due_on,
         "overdue": said.overdue(programme.portfolio.as_of)}
        for said in queries.project_reports(programme, user)
    ]  # fmt: skip
    return {
        "said": [row for row in rows if row["report"]],
        "silent": [row for row in rows if not row["report"]],
    }


def milestone_row(milestone: Any) -> dict[str, Any]:
    """A milestone with its slip against the baseline."""
    return {
        "code": milestone.code,
        "title": milestone.title,
        "project": milestone.project.code,
        "address": page_of(milestone.project_id),
        "baseline_on": milestone.baseline_on,
        "forecast_on": milestone.forecast_on,
        "slip": slip_of(milestone),
    }


def moves(report: StatusReport, user: Any) -> list[dict[str, Any]]:
    """The moves from state to state, who made them and when; the first is its beginning."""
    events = records.events(StatusReport, report.pk)
    told = records.changes_of(
        StatusReport, records.rows(events, ["state"], 0, 200), ["state"], to=user
    )
    return [
        {"state": change["to"], "at": event["at"], "by": event["by"] and event["by"]["name"]}
        for event in reversed(told)
        for change in event["changes"]
    ]
