"""The duties of leading projects and programmes: progress, money, reports and what others ask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Q

from pmhub.demo.life.duties import Day, Duty
from pmhub.demo.life.registers import live_projects
from pmhub.models import Person, User
from pmhub.services import add, person_of, save
from programmes.models import Programme, ReportState, StatusReport
from programmes.queries import draft_texts, open_forecast
from programmes.services import approve_report, publish_report, submit_report
from projects import services
from projects.models import Project, WorkPackage
from projects.queries.work import is_counted

FRIDAY = 4
CENT = Decimal("0.01")
REASONS = {
    "amber": "Some weeks behind the plan; it can still be made good.",
    "red": "The plan cannot be kept without help.",
}


def duties(day: Day) -> Iterator[Duty]:
    """Yield what those who lead projects and programmes have to do on a day."""
    if day.on.weekday() == FRIDAY:
        yield from packages(day)
        yield from updates(day)
    if is_month_end(day.on):
        yield from costs(day)
        yield from programme_reports(day)
    yield from approvals(day)


def is_month_end(on: date) -> bool:
    """Return whether a day is the last working day of its month."""
    next_working_day = on + timedelta(days=3 if on.weekday() == FRIDAY else 1)
    return next_working_day.month != on.month


def packages(day: Day) -> Iterator[Duty]:
    """Yield the work packages that have begun: some more of each is done."""
    rows = WorkPackage.objects.filter(project__in=live_projects(day), percent__lt=100)
    for row in rows.filter(starts_on__lte=day.on).select_related("owner").order_by("pk"):
        weeks = _weeks_left(day, row.finishes_on)
        done = _advanced(day, row.percent, weeks, most=Decimal(100))
        mark = partial(services.mark_progress, row, percent=done)
        yield Duty("work packages updated", row.owner, mark)


def updates(day: Day) -> Iterator[Duty]:
    """Yield a weekly update for each project that has begun."""
    for project in live_projects(day):
        if project.project_manager and project.actual_start:
            yield Duty("weekly updates", project.project_manager, partial(_update, day, project))


def _update(day: Day, project: Project, *, by: User) -> None:
    """Bring a project's progress, finish and status up to date, and report them."""
    fields = ["declared_rag", "declared_on"]
    if not is_counted(project):
        weeks = _weeks_left(day, project.forecast_finish)
        done = _advanced(day, project.percent_complete, weeks, most=Decimal(99))
        project.percent_complete = done
        fields.append("percent_complete")
    if project.forecast_finish and day.chance(0.12):
        finish = max(project.forecast_finish, day.on)
        project.forecast_finish = finish + timedelta(days=day.random.randint(5, 25))
        fields.append("forecast_finish")
    project.declared_rag, project.declared_on = _status(day, project), day.on
    save(project, *fields, by=by)
    report = StatusReport(
        project=project,
        declared_rag=project.declared_rag,
        declared_reason=REASONS.get(project.declared_rag, ""),
        declared_finish=project.forecast_finish,
    )
    _hand_in(day, report, project, by=by)


def _status(day: Day, project: Project) -> str:
    """Return the status that is declared: that of the figures or, by hope, one better."""
    forecast = open_forecast(project)
    derived = forecast.health.get("derived", "") if forecast else ""
    if derived == "red":
        return "amber" if day.chance(0.5) else "red"
    return "green" if derived != "amber" or day.chance(0.3) else "amber"


def _weeks_left(day: Day, finish: date | None) -> int:
    return max(1, (finish - day.on).days // 7) if finish else 20


def _advanced(day: Day, percent: Decimal, weeks: int, *, most: Decimal) -> Decimal:
    """Return how much is complete after another week; what is done in a week is between a third and
    five fourths of what was planned for it."""
    share = Decimal(day.random.randint(33, 125)) / 100
    done = percent + (most - percent) / weeks * share
    return max(percent, min(most, done.quantize(Decimal("0.1"))))


def _hand_in(day: Day, report: StatusReport, owner: Programme | Project, *, by: User) -> None:
    """Write a report in the words that the product drafts, submit it, and publish it where nobody
    else has to approve it."""
    report.period_end, report.author = day.on, person_of(by)
    words = draft_texts(owner, by)
    report.achieved = words["achieved"] or "Work went on as planned."
    report.next_steps, report.help_needed = words["next_steps"], words["help_needed"]
    submit_report(add(report, by=by), by=by)
    if report.state == ReportState.APPROVED:
        publish_report(report, by=by)


def costs(day: Day) -> Iterator[Duty]:
    """Yield the month's cost of each project, which the PMO posts, and the new estimate of what is
    still to be spent, which its manager makes."""
    for project in live_projects(day):
        left = project.estimate_to_complete
        if left and project.actual_start:
            months = max(1, _weeks_left(day, project.forecast_finish) // 4)
            cost = (left / months * day.random.randint(60, 130) / 100).quantize(CENT)
            reference = f"{project.code}-{day.on:%Y-%m}"
            post = partial(
                services.post_cost, project, amount=cost, posted_on=day.on,
                description="Ledger total of the month", source="finance", source_ref=reference,
            )  # fmt: skip
            yield Duty("costs posted", None, post)
            spared = (cost * day.random.randint(80, 105) / 100).quantize(CENT)
            estimate = partial(_estimate, project, max(Decimal(0), left - spared))
            yield Duty("estimates to complete", project.project_manager, estimate)


def _estimate(project: Project, amount: Decimal, *, by: User) -> None:
    project.still_costs(amount)
    bounds = ("estimate_to_complete_low", "estimate_to_complete_high")
    save(project, "estimate_to_complete", *bounds, by=by)


def programme_reports(day: Day) -> Iterator[Duty]:
    """Yield a monthly report for each programme."""
    rows = day.portfolio.programmes.filter(archived_at=None).select_related("programme_manager")
    for programme in rows.order_by("code"):
        if programme.programme_manager and not programme.has_ended:
            status = day.random.choice(["green", "amber"])
            report = StatusReport(programme=programme, declared_rag=status)
            write = partial(_hand_in, day, report, programme)
            yield Duty("programme reports", programme.programme_manager, write)


def approvals(day: Day) -> Iterator[Duty]:
    """Yield the reports that wait for somebody's approval."""
    within = Q(programme__portfolio=day.portfolio) | Q(project__in=live_projects(day))
    rows = StatusReport.objects.filter(within, state=ReportState.SUBMITTED)
    for report in rows.select_related("programme", "project__programme").order_by("pk"):
        yield Duty("reports approved", _approver(day, report), partial(_approve, report))


def _approver(day: Day, report: StatusReport) -> Person:
    """Return who approves a report: the manager of the programme for one of a project, the SRO for
    one of a programme."""
    programme: Any = report.programme or report.subject.programme
    post = "sro" if report.programme_id else "programme_manager"
    person = programme and getattr(programme, post)
    return person if person and person.user_id else day.sponsor.person


def _approve(report: StatusReport, *, by: User) -> None:
    approve_report(report, by=by)
    publish_report(report, by=by)
