"""What a status report shows beside its words: the figures of its moment, and what moved them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from pmhub.access.grants import Reader
from pmhub.access.past_rights import seen_now
from pmhub.access.scoped_rows import ScopedRows
from pmhub.caching import quarter
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import InOrder
from pmhub.database.statements import BEGIN, DAY, ID, Rows
from programmes.models import Programme, ReportKind, ReportState, StatusReport
from programmes.queries.bridges import Bridge, bridges
from programmes.queries.forecasts import WATCHED, ProjectRow, oversight_of, projects_table
from programmes.queries.ledger import Rollup, rollup
from programmes.queries.project_figures import ProjectRollup, project_rollup
from programmes.queries.project_figures.bridge import project_bridge
from programmes.rollup.bridge import Period
from programmes.rollup.metrics import HEADLINES, OF_PROJECTS
from projects.calendar import Calendar
from projects.models import LIVE, Milestone, Project
from projects.oversight import next_report_due

# Bytes that a process keeps of the last reports of projects; of one with its words, about.
MOST, REPORT = 2_000_000, 8000
last_reports = CachedReads(MOST)


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """The figures of a report, the report before it, and what moved the main figures since that."""

    rollup: Rollup | ProjectRollup
    state: str
    before: StatusReport | None
    moved: Mapping[str, Bridge]


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """A project with its last published report, None where there is none; the day by which the next
    one is due, None where it is due at once; and the number of weeks between reports."""

    project: Project
    report: StatusReport | None
    due_on: date | None
    weeks: int

    def overdue(self, on: date) -> bool:
        """Return whether a report is overdue on a day."""
        return self.due_on is None or self.due_on < on


def project_reports(programme: Programme, user: Any) -> list[ProjectReport]:
    """The projects of a programme that go on, with what each said last."""

    def read() -> dict[int, StatusReport]:
        published = StatusReport.objects.visible_to(user).filter(
            project__programme=programme, state=ReportState.PUBLISHED
        )
        last = published.order_by("project_id", "-period_end", "-published_at", "-pk")
        return {report.project_id: report for report in last.distinct("project_id")}

    by_project = last_reports("last", (programme.pk, Reader(user).key, quarter()), read, _size_of)
    return [
        project_report(project, by_project.get(project.pk))
        for project in GOING_ON(user, id=programme.pk)
    ]


def _size_of(reports: Mapping[int, StatusReport]) -> int:
    return REPORT * (1 + len(reports))


GOING_ON = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader)
        .filter(programme_id=ID, status__in=LIVE)
        .select_related(*WATCHED)
        .order_by(InOrder("code"), "pk")
    )
)


def projects_with_forecasts(programme: Programme, user: Any) -> list[ProjectRow]:
    """The projects of a programme with what was computed of them, by code."""
    return projects_table(_projects(programme, user).order_by(InOrder("code"), "pk"))


def _projects(programme: Programme, user: Any) -> QuerySet[Project]:
    """Return those of its projects that a user may see now, and could see at the moment that is
    read."""
    return seen_now(Project.objects.visible_to(user).filter(programme=programme), user)


def project_report(project: Project, report: StatusReport | None) -> ProjectReport:
    """Return a project with its last report, and when the next one is due."""
    level, calendar = oversight_of(project), project.owner_portfolio.rules_of(Calendar)
    due_on = next_report_due(level, report.period_end if report else None, calendar)
    return ProjectReport(project, report, due_on, calendar.report_weeks(level))


LAST_OF_PROJECT = Rows(
    lambda: (
        StatusReport.objects.filter(project_id=ID, state=ReportState.PUBLISHED)
        .select_related("author")
        .order_by("-period_end", "-published_at", "-pk")[:1]
    )
)


def last_project_report(project: Project) -> ProjectReport:
    """Return a project with its last published report, for anybody who sees the project."""
    return project_report(project, next(iter(LAST_OF_PROJECT(id=project.pk)), None))


def last_report(owner: Programme | Project, until: datetime) -> datetime | None:
    """Return when the last report of a programme or a project up to a moment was published; None
    where none was."""
    published = StatusReport.objects.filter(
        **{owner._meta.model_name or "": owner.pk},
        state=ReportState.PUBLISHED,
        published_at__lte=until,
    )
    return published.order_by("-published_at").values_list("published_at", flat=True).first()


def _published(**conditions: Any) -> QuerySet[StatusReport]:
    rows = StatusReport.objects.filter(state=ReportState.PUBLISHED, **conditions)
    return rows.order_by("-period_end", "-published_at", "-pk")[:1]


BEFORE = {
    kind: Rows(
        partial(_published, **{f"{kind}_id": ID}, period_end__lt=DAY, published_at__lt=BEGIN)
    )
    for kind in ("programme", "project")
}
LAST_PUBLISHED = {
    kind: Rows(partial(_published, **{f"{kind}_id": ID}, kind=ReportKind.STATUS))
    for kind in ("programme", "project")
}


def report_before(report: StatusReport) -> StatusReport | None:
    """The last published report of an earlier period, as it was corrected last."""
    kind = "project" if report.project_id else "programme"
    parameters: dict[str, Any] = {
        "day": report.period_end,
        "begin": report.published_at or timezone.now(),
    }
    return next(iter(BEFORE[kind](id=getattr(report, f"{kind}_id"), **parameters)), None)


def last_published(owner: Programme | Project) -> StatusReport | None:
    """Return the last published status report of a programme or a project."""
    return next(iter(LAST_PUBLISHED[owner._meta.model_name or ""](id=owner.pk)), None)


def report_figures(report: StatusReport, owner: Programme | Project, user: Any) -> ReportFigures:
    """Return the figures of a programme or a project at the moment of a published report, or now.
    `owner` is the record as it was then."""
    figures = figures_since(owner, report.published_at, report_before(report), user)
    return replace(figures, state=report.figures_state or figures.state)


def figures_since(
    owner: Programme | Project, at: datetime | None, before: StatusReport | None, user: Any
) -> ReportFigures:
    """Return the figures of a moment, or now, with what moved the main ones since a report."""
    figures = figures_at(owner, at)
    moved: Mapping[str, Bridge] = {}
    if before and before.published_at:
        moved = _moved(owner, Period(before.published_at, at or timezone.now()), user)
    return ReportFigures(figures, figures.state, before, moved)


def figures_at(owner: Programme | Project, at: datetime | None) -> Rollup | ProjectRollup:
    """Return the figures of a programme or a project at a moment, or now."""
    return rollup(owner, at=at) if isinstance(owner, Programme) else project_rollup(owner, at)


def _moved(owner: Programme | Project, period: Period, user: Any) -> dict[str, Bridge]:
    """Return the bridges of the main figures over a period."""
    if isinstance(owner, Programme):
        return bridges(owner, HEADLINES, period, user, edits=False)
    names = [name for name in HEADLINES if name in OF_PROJECTS]
    return {name: project_bridge(owner, name, period, user) for name in names}


def causes(bridge: Bridge) -> list[tuple[str, Decimal]]:
    """Return what each cause moved a figure by, the largest first; they sum to the difference."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for part in bridge.parts:
        amounts[str(part.cause)] += part.amount
    return sorted(amounts.items(), key=lambda pair: (-abs(pair[1]), pair[0]))


def milestones_ahead(owner: Programme | Project, user: Any) -> Sequence[Milestone]:
    """The next milestones of a project, or of a programme's projects, that are neither reached nor
    cancelled; a project that has ended has none."""
    return AHEAD[type(owner)](user, id=owner.pk)


def milestones_reached(
    owner: Programme | Project, user: Any, since: date | None
) -> Sequence[Milestone]:
    """The milestones that were reached after a day, the last first; without a day, the last."""
    return REACHED[type(owner)](user, id=owner.pk, day=since or date.min)


FEW = 8  # milestones ahead, and as many reached
WAYS: Mapping[Any, str] = {Programme: "project__programme", Project: "project"}


def _ahead(reader: Any, way: str) -> QuerySet[Milestone]:
    rows = Milestone.objects.visible_to(reader).filter(**{way: ID})
    planned = rows.filter(project__status__in=LIVE, state="planned").select_related("project")
    return planned.order_by(F("forecast_on").asc(nulls_last=True), InOrder("code"), "pk")[:FEW]


def _reached(reader: Any, way: str) -> QuerySet[Milestone]:
    rows = Milestone.objects.visible_to(reader).filter(**{way: ID})
    achieved = rows.filter(state="achieved", actual_on__gt=DAY).select_related("project")
    return achieved.order_by("-actual_on", InOrder("code"), "pk")[:FEW]


AHEAD, REACHED = (
    {kind: ScopedRows(partial(build, way=way)) for kind, way in WAYS.items()}
    for build in (_ahead, _reached)
)
