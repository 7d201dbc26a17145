"""The end report of a project or programme that closes: drafted from the records, to be finished by
hand."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.db.models import Q

from benefits.models import BenefitHandOver, HandOverState
from pmhub import formats
from pmhub.models import User
from pmhub.services import add, person_of, save, turn
from pmhub.text import in_order
from programmes.models import Programme, ReportKind, ReportState, StatusReport
from programmes.wording import end_report as wording
from projects.models import Output, Project
from projects.models.states import OutputState
from projects.queries import with_figures

SAID = (
    "period_end", "corrects", "correction_reason", "achieved", "next_steps", "lessons", "author",
)  # fmt: skip


def draft_end_report(project: Project, *, lessons: str, by: User | None) -> StatusReport:
    """Draft the end report of a project that is closing."""
    assert project.actual_finish  # it is just closing  # noqa: S101
    report = draft_of(project, period_end=project.actual_finish, by=by)
    report.achieved, report.next_steps = _achieved(project), _next_steps(project)
    return keep_draft(report, lessons=lessons, by=by)


def draft_of(subject: Project | Programme, *, period_end: date, by: User | None) -> StatusReport:
    """Return the end report of a project or programme that closes, still to be filled in. A draft
    of an earlier closing is used again, and so is an unpublished report of the same day; a
    published one of that day is corrected by the new one."""
    about: dict[str, Any] = {str(subject._meta.model_name): subject, "kind": ReportKind.END}
    reports = StatusReport.objects.filter(**about)
    of_the_day = reports.filter(period_end=period_end)
    report = (
        of_the_day.exclude(state=ReportState.PUBLISHED).first()
        or reports.filter(state=ReportState.DRAFT).first()
        or StatusReport(**about)
    )
    if report.state != ReportState.DRAFT:
        turn(report, noun="withdrawal", by=by)
    published = of_the_day.filter(state=ReportState.PUBLISHED)
    last = published.filter(Q(correction=None) | Q(correction=report.pk)).first()
    report.period_end, report.corrects = period_end, last
    reason = report.correction_reason or wording.CLOSED_AGAIN
    report.correction_reason = reason if last else ""
    return report


def keep_draft(report: StatusReport, *, lessons: str, by: User | None) -> StatusReport:
    """Store the draft of an end report, with its lessons and author."""
    report.lessons, report.author = lessons.strip(), person_of(by)
    return add(report, by=by) if report.pk is None else save(report, *SAID, by=by)


def _achieved(project: Project) -> str:
    figures = with_figures(Project.objects.filter(pk=project.pk)).get()
    first = project.baselines.filter(approved_on__isnull=False).order_by("number").first()
    assert project.actual_finish  # noqa: S101  # as above
    ended = wording.ClosedProject(
        delivered=_called(project, OutputState.ACCEPTED),
        descoped=_called(project, OutputState.DESCOPED),
        finished_on=project.actual_finish,
        first_finish=first.finishes_on if first else None,
        last_finish=figures.baseline_finish,
        cost=figures.actual_cost,
        approved=figures.approved_budget,
    )
    money = partial(formats.spoken, portfolio=project.owner_portfolio)
    return wording.achieved(ended, money, formats.day)


def _called(project: Project, state: str) -> list[str]:
    rows = Output.objects.filter(project=project, state=state)
    return [f"{row.code} {row.title}" for row in sorted(rows, key=lambda row: in_order(row.code))]


def _next_steps(project: Project) -> str:
    rows = BenefitHandOver.objects.filter(
        project=project, state=HandOverState.ACCEPTED
    ).select_related("benefit", "owner")
    handed = [
        wording.HandOver(
            row.benefit.code, str(row.owner), row.measure,
            row.get_frequency_display(), row.until,
        )
        for row in rows
    ]  # fmt: skip
    return wording.handed_over(sorted(handed, key=lambda row: in_order(row.benefit)), formats.day)
