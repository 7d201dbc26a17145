"""Status reports over REST: written as drafts, moved on by verbs, published with their figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access import can
from pmhub.api import bulk_acts
from pmhub.api.effects import effect
from pmhub.api.parameters import check_known
from pmhub.api.problems import Problem, parameter_problem
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.api.resources import API
from pmhub.database.history import because
from pmhub.database.past import as_at
from pmhub.numerals import whole_number
from pmhub.serializers import InputSerializer
from pmhub.serializers.jobs import JobSerializer
from pmhub.serializers.verbs import Reasoned
from pmhub.services import lock, sentence
from programmes import queries
from programmes.api.explanation import metric_of
from programmes.api.figure_json import DIFFERENCES, figure_value
from programmes.api.papers import accept_print
from programmes.filters import StatusReportFilter
from programmes.models import Programme, StatusReport
from programmes.queries import Bridge, ProjectReport, ReportFigures
from programmes.queries.report_drafts import as_of
from programmes.serializers.reports import (
    SUBJECTS,
    DecisionSerializer,
    ReportDraftSerializer,
    StatusReportSerializer,
)
from programmes.services import approve_report, publish_report, return_report, submit_report
from projects.models import Project

Move = Callable[..., StatusReport]
# What the report of a programme quotes of those of its projects.
QUOTED = (
    "id", "period_end", "achieved", "next_steps", "help_needed", "declared_rag", "declared_reason",
    "published_at",
)  # fmt: skip


def _of(name: str) -> OpenApiParameter:
    """Return the parameter that names the programme or project of a draft."""
    return OpenApiParameter(name, int, description="One of the two is named")


class StatusReportViewSet(RecordViewSet):
    """Status reports of programmes and of projects."""

    serializer_class = StatusReportSerializer
    filterset_class = StatusReportFilter
    search_fields = (
        "achieved", "next_steps", "help_needed", "declared_reason", "programme__code",
        "project__code",
    )  # fmt: skip
    ordering_fields = ("id", "period_end", "published_at", "state", "updated_at")
    expandable = ("programme", "project", "author", "approved_by", "published_by", "corrects")
    changing_figures = True
    asks = {"approval": "approve"}

    def page_of(self, row: Row) -> str:
        """Return the address of the report's page."""
        if row["programme"] is None:
            return super().page_of(row)
        return f"programmes/{row['programme']}/reports/{row['id']}/"

    def finish(self, rows: list[Row]) -> None:
        """Add the figures, where one report is asked for."""
        base = self.request.build_absolute_uri("/")
        several = getattr(self, "action", "") in ("", "list", *bulk_acts.ACTIONS)
        for row in rows:
            with_figures = not several and row["programme"] is not None
            row["figures"] = self._figures(row["id"], base) if with_figures else None

    def _figures(self, pk: int, base: str) -> Row:
        report = StatusReport.objects.get(pk=pk)
        with as_at(report.published_at):
            pk = report.subject.pk
            programme = Programme.objects.select_related("portfolio").get(pk=pk)
            user = self.request.user
            figures = _as_row(queries.report_figures(report, programme, user), base)
            reports = queries.project_reports(programme, user)
            figures["projects"] = [
                _report_row(project, figures["as_of"], base) for project in reports
            ]
            return figures

    @extend_schema(request=Reasoned, responses=StatusReportSerializer)
    @action(detail=True, methods=["post"], url_path="submission")
    @effect
    def submission(self, request: Request, pk: str) -> Response:
        """Submit a draft for approval."""
        return self._moved(pk, "submit", submit_report, self._validated(Reasoned))

    @extend_schema(request=DecisionSerializer, responses=StatusReportSerializer)
    @action(detail=True, methods=["post"], url_path="approval")
    @effect
    def approval(self, request: Request, pk: str) -> Response:
        """Approve it, or return it to its author; nobody approves their own."""
        decision = self._validated(DecisionSerializer)
        move = approve_report if decision["outcome"] == "approved" else return_report
        return self._moved(pk, "approve", move, decision)

    @extend_schema(request=Reasoned, responses=StatusReportSerializer)
    @action(detail=True, methods=["post"], url_path="publication")
    @effect
    def publication(self, request: Request, pk: str) -> Response:
        """Show the report to everybody who sees the programme or project, with the figures of this
        moment."""
        return self._moved(pk, "submit", publish_report, self._validated(Reasoned))

    @extend_schema(
        parameters=[_of("programme"), _of("project")],
        responses=ReportDraftSerializer,
        filters=False,
    )
    @action(detail=False, url_path="draft", filterset_class=None, pagination_class=None)
    def draft(self, request: Request) -> Response:
        """Say how a report on a programme or a project could begin today: its words, drafted from
        the figures and what moved them since the last published report. Nothing is stored."""
        check_known(request, {"programme", "project"})
        owner = self._owner()
        if not can(request.user, "write", StatusReport(**{owner.grant_kind: owner})):
            raise PermissionDenied("You may see this and not report on it.")
        words = queries.draft_texts(owner, request.user)
        ids = {name: owner.pk if owner.grant_kind == name else None for name in SUBJECTS}
        return Response({**ids, "period_end": as_of(owner), **words})

    def _owner(self) -> Any:
        """Return the programme or project that the query names."""
        given = {name: self.request.query_params.get(name, "") for name in SUBJECTS}
        named = [(name, text) for name, text in given.items() if text]
        if len(named) != 1:
            raise parameter_problem("programme", "required", "Name a programme or a project.")
        [(name, text)] = named
        rows = {"programme": Programme, "project": Project}[name].objects
        owner = rows.visible_to(self.request.user).filter(pk=whole_number(text)).first()
        if owner is None:
            text = "There is no such record, or you may not see it."
            raise parameter_problem(name, "does_not_exist", text)
        return owner

    @extend_schema(responses={202: JobSerializer}, filters=False)
    @action(detail=True, url_path="pdf", filterset_class=None)
    def pdf(self, request: Request, pk: str) -> Response | HttpResponse:
        """Have a PDF made: 202 and the address of the job that makes it."""
        return accept_print(request, "status-reports", self.get_object())

    def _validated(self, form: type[InputSerializer]) -> dict[str, Any]:
        """Return the validated data of a form."""
        serializer = form(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        validated: dict[str, Any] = serializer.validated_data
        return validated

    def _moved(self, pk: str, verb: str, move: Move, validated: dict[str, Any]) -> Response:
        check_known(self.request, set())
        with because(validated.get("reason", "")):
            row = self.committed(lambda: self._move(pk, verb, move))
        return Response(row, headers={"ETag": f'"{self.etag(row)}"'})

    def _move(self, pk: str, verb: str, move: Move) -> Row:
        report = self.get_object()
        if not can(self.request.user, verb, report):
            raise PermissionDenied("You may see this report and not move it on.")
        lock(report)  # what is agreed to is what was seen, whoever writes meanwhile
        if "If-Match" in self.request.headers:
            self.match(report)
        try:
            move(report, by=self.request.user)
        except ValidationError as error:
            raise _unfit(error) from error
        return self.row(report.pk)


def _unfit(error: ValidationError) -> Exception:
    """Return what to raise for an error of a service: 403 for authors who approve their own report,
    409 for a report in another state, else the error, which names fields."""
    fields = sentence(error)
    if "approved_by" in fields:
        return PermissionDenied(" ".join(error.messages))
    if "state" in fields:
        return Problem(409, "wrong_state", " ".join(error.messages))
    return error


def _as_row(report_figures: ReportFigures, base: str) -> dict[str, Any]:
    rollup, before = report_figures.rollup, report_figures.before
    portfolio = rollup.portfolio
    return {
        "state": report_figures.state,
        "as_of": rollup.as_of,
        "known_at": rollup.at,
        "computed_at": rollup.computed_at,
        "engine_version": rollup.engine_version,
        "currency": portfolio.currency,
        "money_unit": portfolio.money_unit,
        "metrics": {
            name: {**metric_of(metric, rollup), "state": report_figures.state}
            for name, metric in rollup.metrics.items()
        },
        "since": before
        and {
            "report": before.pk,
            "url": f"{base}{API}status-reports/{before.pk}/",
            "period_end": before.period_end,
            "published_at": before.published_at,
            "moved": [_moved(figure) for figure in report_figures.moved.values()],
        },
    }


def _report_row(project_report: ProjectReport, as_of: date, base: str) -> dict[str, Any]:
    project, report = project_report.project, project_report.report
    return {
        "project": project.pk,
        "code": project.code,
        "name": project.name,
        "url": f"{base}{API}projects/{project.pk}/",
        "report": report
        and {
            **{name: getattr(report, name) for name in QUOTED},
            "url": f"{base}{API}status-reports/{report.pk}/",
            "html_url": f"{base}status-reports/{report.pk}/",
        },
        "due_on": project_report.due_on,
        "overdue": project_report.overdue(as_of),
    }


def _moved(bridge: Bridge) -> dict[str, Any]:
    metric = bridge.metric
    unit = DIFFERENCES.get(metric.unit, str(metric.unit))
    data = {
        "name": metric.name,
        "label": metric.label,
        "unit": metric.unit,
        "before": figure_value(bridge.before.value if bridge.before else None, metric.unit),
        "after": figure_value(bridge.after.value if bridge.after else None, metric.unit),
        "difference": figure_value(bridge.difference, unit),
        "difference_unit": unit,
        "causes": [
            {"cause": cause, "amount": figure_value(amount, unit)}
            for cause, amount in queries.causes(bridge)
        ],
    }
    return {**data, "reason": bridge.reason} if bridge.reason else data
