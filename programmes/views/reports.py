"""Status reports of a programme: the list, and one report as a page that prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from pmhub import formats
from pmhub.access import can
from pmhub.access.separation_of_duties import has_part
from pmhub.database.past import as_at
from pmhub.page_addresses import address_of
from pmhub.views import LivePage
from pmhub.views.content import Caching
from pmhub.views.registers.breadcrumbs import way_to
from pmhub.views.registers.forms import STYLE
from programmes import queries
from programmes.models import ReportKind, ReportState, StatusReport
from programmes.rollup.metrics import BY_NAME, HEADLINES
from programmes.serializers.reports import StatusReportSerializer
from programmes.views.health import health_of
from programmes.views.report_rows import figure_row, milestone_row, moves, projects_by_reporting
from programmes.views.report_standing import report_standing
from programmes.views.rows import find_programme, one_of, risk_row
from programmes.views.whatif.page import bound

WRITTEN = (
    "period_end", "declared_rag", "declared_finish", "achieved", "next_steps", "help_needed",
)  # fmt: skip
OF_END = ("achieved", "lessons", "next_steps", "help_needed")  # of the report of its end
OF_CORRECTIONS = "correction_reason"
WORDS = {"achieved": 10, "next_steps": 8, "help_needed": 6}  # fields with their lines
# The next step of a report in each state: address, what the button says, who may (a verb), and what
# is said once it is done.
STEPS = {
    "draft": ("submission", "Submit for approval", "submit", "Submitted."),
    "submitted": ("approval", "Approve", "approve", "Approved."),
    "approved": ("publication", "Publish", "submit", "Published, with the figures of this moment."),
}


def reports_of(user: Any, programme: Any) -> QuerySet[StatusReport]:
    """Return the reports on a programme that a user may see."""
    rows = StatusReport.objects.visible_to(user).filter(programme=programme)
    return rows.select_related("programme", "author", "approved_by", "published_by", "corrects")


REPORT = 8000  # bytes of one with its words, about


def _size_of(reports: Sequence[StatusReport]) -> int:
    return REPORT * (1 + len(reports))


class ReportsPage(LivePage):
    """The reports on a programme, and a form that begins another."""

    template_name = "programmes/reports_page.html"
    region_template_name = "programmes/reports.html"
    about = "Reports"
    caching = Caching.BY_READS

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the reports."""
        return "status_reports_list", f"/api/v1/status-reports/?programme={self.kwargs['pk']}"

    def find(self) -> None:
        """Find the programme and its reports; raises Http404."""
        self.programme = find_programme(self.request.user, self.kwargs["pk"])
        self.reports = self.kept("reports", self.read, _size_of, of_found=False)
        self.title = f"Reports, {self.programme.code}"

    def read(self) -> list[StatusReport]:
        """Read the reports on the programme."""
        return list(reports_of(self.request.user, self.programme))

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: portfolio, programme."""
        return way_to(self.programme, self.request.user)

    def stamp(self) -> tuple[str, str]:
        """Return a stamp of the reports and their versions."""
        return repr([(report.pk, report.version) for report in self.reports]), "fresh"

    def places(self) -> dict[str, str]:
        """Return the address of the programme in the tree of pages."""
        return {address_of("programme", self.programme.pk): "true"}

    def region_context(self) -> dict[str, Any]:
        """Return the reports and, for who may write one, a form."""
        programme, user = self.programme, self.request.user
        context: dict[str, Any] = {
            "programme": programme,
            "tab": "reports",
            "zone": programme.portfolio.time_zone,
            "reports": self.reports,
            "form_style": STYLE,
        }
        if can(user, "write", StatusReport(programme=programme)):
            serializer = StatusReportSerializer(context={"request": self.request})
            begun = {"period_end": programme.portfolio.as_of.isoformat()}
            for name, words in (begun | queries.draft_texts(programme, user)).items():
                serializer.fields[name].initial = words
            context["form"] = form_fields(serializer, WRITTEN)
        return super().region_context() | context


class ReportPage(LivePage):
    """One report. All of a published one is read as it was at that moment."""

    template_name = "programmes/report_page.html"
    region_template_name = "programmes/report.html"
    caching = Caching.BY_READS

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address for the report."""
        return "status_reports_retrieve", f"/api/v1/status-reports/{self.kwargs['report']}/"

    def find(self) -> None:
        """Find the report; raises Http404 where the user may not see it."""
        user = self.request.user
        self.programme = find_programme(user, self.kwargs["pk"])
        id = self.kwargs["report"]
        found = self.kept("report", self.read, _size_of, of_found=False)
        self.report = one_of([report for report in found if report.pk == id])
        self.correction = next((report for report in found if report.corrects_id == id), None)
        self.called = "End report" if self.report.kind == ReportKind.END else "Status report"
        self.title = f"{self.called} {self.report}"

    def read(self) -> list[StatusReport]:
        """Read the report, and what corrects it."""
        rows, id = reports_of(self.request.user, self.programme), self.kwargs["report"]
        return list(rows.filter(Q(pk=id) | Q(corrects=id)))

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: portfolio, programme, its reports."""
        reports = reverse("programme-reports", args=[self.programme.pk])
        return [*way_to(self.programme, self.request.user), ("Reports", reports)]

    def stamp(self) -> tuple[str, str]:
        """Return the report's version; for an unpublished one also the state of the figures."""
        version, later = self.report.version, self.correction
        if self.report.published_at:
            return f"{version}-{later and (later.pk, later.version)}", "past"
        now = queries.freshness_of(self.programme.pk)
        return f"{version}-{now.etag}-{self.programme.version}", now.state

    def answer(self) -> HttpResponse:
        """Return the page, with figures and registers read as they were at its publication."""
        moment = self.report.published_at
        with as_at(moment):
            if moment:
                self.programme = find_programme(self.request.user, self.programme.pk)
            response = super().answer()
            if isinstance(response, TemplateResponse):
                response.render()
            return response

    def places(self) -> dict[str, str]:
        """Return the address of the programme in the tree of pages."""
        return {address_of("programme", self.programme.pk): "true"}

    def region_context(self) -> dict[str, Any]:
        """Return words, figures with those of the report before, registers, moves, and the next
        step."""
        report, programme, user = self.report, self.programme, self.request.user
        as_reported = queries.report_figures(report, programme, user)
        figures: Any = as_reported.rollup  # of a programme
        return {
            **super().region_context(),
            "programme": programme,
            "tab": "reports",
            "report": report,
            "called": self.called,
            "zone": programme.portfolio.time_zone,
            "unit": formats.money_unit(programme.portfolio),
            "rollup": as_reported.rollup,
            "figures_state": as_reported.state,
            "before": as_reported.before,
            "health": health_of(programme, figures, user),
            "figures": [
                figure_row(name, BY_NAME[name].headline, as_reported) for name in HEADLINES
            ],
            "risks": [risk_row(top_risk) for top_risk in queries.top_risks(programme, user)],
            "milestones": [milestone_row(row) for row in queries.milestones_ahead(programme, user)],
            "moves": moves(report, user),
            "projects": projects_by_reporting(programme, user),
            **report_standing(report, self.request),
            **self.actions(),
        }

    def actions(self) -> dict[str, Any]:
        """Return what the reader may do to the report as it stands."""
        report, user = self.report, self.request.user
        address = f"/api/v1/status-reports/{report.pk}/"
        context: dict[str, Any] = {"address": address, "form_style": STYLE}
        may_write = can(user, "write", report)
        if step := STEPS.get(report.state):
            path, label, verb, done = step
            if can(user, verb, report) and not (verb == "approve" and has_part(user, report)):
                context["step"] = {"address": f"{address}{path}/", "label": label, "done": done}
        context["returnable"] = report.state == "submitted" and can(user, "approve", report)
        handed_over = report.state in (ReportState.SUBMITTED, ReportState.APPROVED)
        may_submit = can(user, "submit", report)
        context["withdrawable"] = handed_over and may_submit and not context["returnable"]
        if report.state == ReportState.DRAFT and may_write:
            serializer = StatusReportSerializer(report, context={"request": self.request})
            names = OF_END if report.kind == ReportKind.END else WRITTEN
            names = (*names, OF_CORRECTIONS) if report.corrects_id else names
            context["form"] = form_fields(serializer, names)
        return context


def form_fields(serializer: StatusReportSerializer, names: Sequence[str]) -> list[Any]:
    """Return the fields of a form in which a report is written, with room for its words."""
    for name, lines in WORDS.items():
        serializer.fields[name].style |= {"rows": lines}
    return bound(serializer, names, "", "")
