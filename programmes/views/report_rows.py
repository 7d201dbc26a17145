"""Rows of reports: figures, milestones, projects, and the history of a report."""

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
    """Return a main figure with its value in the report before."""
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
    """Return what moved a figure, by cause."""
    return [
        {"cause": cause, "change": formats.change(amount, moved.metric.unit)}
        for cause, amount in queries.causes(moved)
    ]


def projects_by_reporting(programme: Any, user: Any) -> dict[str, list[Any]]:
    """Return the projects by whether they have reported, with the overdue ones marked."""
    rows = [
        {"project": report.project, "report": report.report, "due_on": report.due_on,
         "overdue": report.overdue(programme.portfolio.as_of)}
        for report in queries.project_reports(programme, user)
    ]  # fmt: skip
    return {
        "said": [row for row in rows if row["report"]],
        "silent": [row for row in rows if not row["report"]],
    }


def milestone_row(milestone: Any) -> dict[str, Any]:
    """Return a milestone with its slip against the baseline."""
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
    """Return the moves from state to state, with who made them and when; the first one is the
    beginning of the report."""
    events = records.events(StatusReport, report.pk)
    changes = records.changes_of(
        StatusReport, records.rows(events, ["state"], 0, 200), ["state"], to=user
    )
    return [
        {"state": change["to"], "at": event["at"], "by": event["by"] and event["by"]["name"]}
        for event in reversed(changes)
        for change in event["changes"]
    ]
