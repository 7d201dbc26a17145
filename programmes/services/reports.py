"""Status reports: submitted, approved by somebody else, published."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from pmhub.models import User
from pmhub.services import judge_of, lock, person_of, refuse, refuse_state, save
from programmes import queries
from programmes.models import ProgrammeRollup, ReportKind, ReportState, StatusReport
from programmes.models.ledger import ClockTimestamp
from projects.oversight import MOST_WATCHED

OWN = "Nobody approves their own report, or that of what they lead."


@transaction.atomic
def submit_report(report: StatusReport, *, by: User) -> StatusReport:
    """Submit a draft: from now on its words do not change. A report that needs no approval is
    approved at once."""
    _must_be(lock(report), ReportState.DRAFT)
    if not report.achieved.strip():
        refuse("achieved", "Say what was achieved, if only that nothing was.")
    if report.corrects_id and not report.correction_reason.strip():
        refuse("correction_reason", "Say what is corrected, and why.")
    if not report.declared_rag and report.kind == ReportKind.STATUS:
        kind = "project" if report.project else "programme"
        refuse("declared_rag", f"Say how the {kind} stands.")
    if (
        report.project
        and report.declared_rag not in ("", "green")
        and not report.declared_reason.strip()
    ):
        refuse("declared_reason", f"Say why it is {report.declared_rag}.")
    report.approval_needed = needs_approval(report)
    report.state = ReportState.SUBMITTED if report.approval_needed else ReportState.APPROVED
    return save(report, "state", "approval_needed", by=by)


def needs_approval(report: StatusReport) -> bool:
    """Return whether somebody else has to approve a report before it is published: each report of a
    programme, the end report of a project, and all reports of a project under the closest
    oversight."""
    ends = report.kind == ReportKind.END
    return report.project is None or ends or queries.oversight_of(report.project) == MOST_WATCHED


@transaction.atomic
def approve_report(report: StatusReport, *, by: User) -> StatusReport:
    """Approve a report that somebody else has written."""
    _must_be(lock(report), ReportState.SUBMITTED)
    report.approved_by = judge_of(report, "approved_by", "approves a report", by, own=OWN)
    report.state = ReportState.APPROVED
    return save(report, "state", "approved_by", by=by)


@transaction.atomic
def return_report(report: StatusReport, *, by: User) -> StatusReport:
    """Return a report to its author, to be written again."""
    _must_be(lock(report), ReportState.SUBMITTED, ReportState.APPROVED)
    report.approved_by, report.state = None, ReportState.DRAFT
    return save(report, "state", "approved_by", by=by)


@transaction.atomic
def publish_report(report: StatusReport, *, by: User) -> StatusReport:
    """Publish a report with the figures of this moment and their state. It does not wait for
    requests to be worked off, only for a computation that is running."""
    _must_be(lock(report), ReportState.APPROVED)
    report.state, report.published_by = ReportState.PUBLISHED, person_of(by)
    programme = report.programme_id or report.subject.programme_id
    report.published_at = moment_between_computations(programme)
    report.figures_state = queries.freshness_of(programme).state if programme else ""
    return save(report, "state", "published_at", "published_by", "figures_state", by=by)


def moment_between_computations(programme_id: int | None) -> datetime:
    """Return the present moment, read under the programme's lock. A computation stamps its lines
    some time before it commits them: a report published in between would change under its readers'
    eyes."""
    rollup = ProgrammeRollup.objects.select_for_update().filter(pk=programme_id)
    row = rollup.values_list(ClockTimestamp()).first()
    return row[0] if row else timezone.now()


def _must_be(report: StatusReport, *states: ReportState) -> None:
    if report.state not in states:
        wanted = " or ".join(str(state.label).lower() for state in states)
        state = report.get_state_display().lower()
        refuse_state("state", f"This takes a report that is {wanted}; this one is {state}.")
