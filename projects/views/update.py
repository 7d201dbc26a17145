"""The page of a project's update: one form for all that has changed since the last report, and its
text."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from pmhub import formats
from pmhub.access import can
from pmhub.database.collation import InOrder
from pmhub.database.statements import DAY, ID, IDS, Rows
from pmhub.page_addresses import address_of
from pmhub.queries.waiting import BY_NAME, next_waiting
from pmhub.views import CachedPage
from pmhub.views.refusals import NotAllowed, not_theirs
from pmhub.views.registers.breadcrumbs import way_to
from pmhub.views.registers.forms import STYLE, fields_of
from programmes import queries
from programmes.models import Rating, ReportKind, ReportState, StatusReport
from programmes.models.programme_line import TO_COMPLETE
from programmes.views.rows import one_of
from projects import registers
from projects.models import (
    Dependency,
    DependencyStatus,
    Issue,
    IssueState,
    Milestone,
    Output,
    Risk,
    Severity,
)
from projects.models.states import OutputState
from projects.oversight import MOST_WATCHED
from projects.queries import UNSETTLED
from projects.queries.dependencies import OWED
from projects.serializers.issues import IssueSerializer
from projects.serializers.money import CostActualSerializer
from projects.serializers.project import OutputSerializer, ProjectSerializer
from projects.serializers.risk import RiskSerializer
from projects.serializers.schedule import DependencySerializer, MilestoneSerializer
from projects.views.ending import DEPENDENCIES
from projects.views.project import WITH_FIGURES, without_counted
from projects.views.rows import dependency_row

REFUSED = "You may not write the update of this project"
BOUNDS = TO_COMPLETE[1:]  # asked for where the estimate has bounds, between which it must stay
NEAR = timedelta(weeks=9)  # how far ahead a milestone is shown at once
BEGUN = ("forecast_finish", "percent_complete", "estimate_to_complete")
NOT_BEGUN = ("actual_start", "forecast_start", *BEGUN)
RISK_FIELDS = ("residual_probability", "residual_cost_most_likely")
WORDS = ("achieved", "next_steps", "help_needed", "declared_reason", "correction_reason")
# What may become of a risk and of an issue, as moves and states.
OF_RISK = (("closure", "Close it"), ("materialisation", "It happened"))
OF_ISSUE = (("in_progress", "Work has started"), ("resolved", "It is resolved"))
DONE = (OutputState.ACCEPTED, OutputState.DESCOPED)
OF_OUTPUT = {
    OutputState.PLANNED: (("start", "Work has started"),),
    OutputState.IN_PROGRESS: (("delivery", "It is delivered"),),
}
OPEN_ISSUES = (IssueState.RAISED, IssueState.IN_PROGRESS)

# Statements for what the form asks about, by the id of the project.
DRAFTS = Rows(
    lambda: StatusReport.objects.filter(
        project_id=ID,
        kind=ReportKind.STATUS,
        period_end=DAY,
        state=ReportState.DRAFT,
        updated_by__in=[IDS],
    )[:1]
)
MILESTONES = Rows(lambda: Milestone.objects.filter(project_id=ID, state="planned"))
WAITED_FOR = Rows(
    lambda: Dependency.objects.filter(
        giver_id=ID, giver_milestone__isnull=False, status__in=OWED
    ).order_by(InOrder("code"), "pk")
)
OUTPUTS = Rows(
    lambda: Output.objects.filter(project_id=ID).exclude(state__in=DONE).order_by(InOrder("code"))
)
RISKS = Rows(lambda: Risk.objects.filter(project_id=ID, status__in=UNSETTLED))
ISSUES = Rows(lambda: Issue.objects.filter(project_id=ID, state__in=OPEN_ISSUES))


def _estimates_of(risk: Risk) -> Sequence[str]:
    """Return the fields of a risk to ask for: its probability, and its cost in its own currency."""
    chance, cost = RISK_FIELDS
    return (chance, f"foreign_{cost}" if risk.foreign_currency else cost)


class UpdatePage(CachedPage):
    """The form of an update, filled with the present values, for users who may write one."""

    template_name = "projects/update.html"
    about = "Weekly update"

    def in_rest(self) -> tuple[str, str]:
        """Return the REST operation and address that updates are sent to."""
        return "projects_updates", f"/api/v1/projects/{self.kwargs['pk']}/"

    def find(self) -> None:
        """Find the project; raise NotAllowed for a user who may not report on it."""
        user = self.request.user
        self.project: Any = one_of(WITH_FIGURES(user, id=self.kwargs["pk"]))
        way = self.project.code, address_of("project", self.project.pk)
        if not self.project.live:
            why = f"{self.project.code} has ended: it is reported on no more."
            raise NotAllowed(REFUSED, why, way=way)
        if not can(user, "write", report := StatusReport(project=self.project)):
            raise not_theirs(REFUSED, report, user, way=way)
        self.title = f"Update of {self.project.code} {self.project.name}"

    def crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one: those of the project and of what it belongs to."""
        return way_to(self.project, self.request.user)

    def places(self) -> dict[str, str]:
        """Return where the page is in the tree: below the project."""
        return {address_of("project", self.project.pk): "true"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return everything that the form shows."""
        project = self.project
        self.unit = formats.money_unit(project.owner_portfolio)
        as_of = project.as_of
        said = queries.last_project_report(project)
        draft = self._draft(as_of)
        row = queries.ProjectRow(project, queries.open_forecast(project))
        begun = draft or said.report
        return super().get_context_data(
            project=project,
            unit=self.unit,
            as_of=as_of,
            said=said,
            overdue=said.overdue(as_of),
            corrects=said.report is not None and said.report.period_end == as_of,
            draft=draft,
            watched=row.oversight,
            may_submit=can(self.request.user, "submit", StatusReport(project=project)),
            approved_first=row.oversight == MOST_WATCHED,
            computed=row.forecast and row.forecast.finishes_on,
            follows=next_waiting(self.request.user, BY_NAME["report_due"], after=project.pk),
            colours=[choice for choice in Rating.choices if choice[0]],
            words=words_of(draft) if draft else queries.draft_texts(project, self.request.user),
            drafted=draft is None,
            reason=begun.declared_reason if begun else "",
            project_fields=self._fields(
                ProjectSerializer(project, context=self._context()),
                self._asked(),
                "project.", registers.PROJECTS,
            ),
            **self._dependencies(),
            milestones=self._section("milestones", partial(self._milestones, as_of + NEAR), as_of),
            outputs=self._section("outputs", self._outputs),
            risks=self._section("risks", self._risks),
            issues=self._section("issues", partial(self._issues, as_of), as_of),
            costs=self._section("costs", partial(self._costs, as_of), as_of),
            form_style=STYLE,
            **kwargs,
        )  # fmt: skip

    def _section(
        self, name: str, read: Callable[[], Mapping[str, Any]], *told: Hashable
    ) -> SafeString:
        """Return a section of the form as HTML. It is cached until what `read` reads is another,
        whatever changes in the project itself; `read` may use the project's id, the unit and
        `told`."""

        def draw() -> SafeString:
            values = {**read(), "form_style": STYLE}
            return render_to_string(f"projects/update_{name}.html", values)

        return self.kept(name, draw, len, self.project.pk, self.unit, *told)

    def _asked(self) -> Sequence[str]:
        """Return the fields of the project itself to ask for."""
        project = self.project
        names = BEGUN if project.actual_start else NOT_BEGUN
        bounds = BOUNDS if project.estimate_to_complete_low is not None else ()
        return without_counted((*names, *bounds), project)

    def _context(self) -> dict[str, Any]:
        return {"request": self.request}

    def _draft(self, as_of: date) -> StatusReport | None:
        """The draft of this period that its author goes on with."""
        drafts = DRAFTS([self.request.user.pk or 0], id=self.project.pk, day=as_of)
        return next(iter(drafts), None)

    def _fields(self, serializer: Any, names: Sequence[str], within: str, register: Any) -> Any:
        return fields_of(
            serializer, names, unit=self.unit, prefix=within.replace(".", "-"), within=within,
            register=register,
        )  # fmt: skip

    def _new(
        self,
        kind: Any,
        names: Sequence[str],
        group: str,
        register: Any,
        one: str = "",
        **given: Any,
    ) -> dict[str, Any]:
        """Return the form of a new record; `given` are the initial values of its fields."""
        serializer = kind(context=self._context())
        for name, value in given.items():
            serializer.fields[name].initial = value
        fields = self._fields(serializer, names, f"{group}.new1.", register)
        return {"group": group, "one": one or register.one, "fields": fields}

    def _milestones(self, until: date) -> dict[str, list[Any]]:
        """Return the milestones still to come in two groups: those due soon (`near`), overdue or
        without a day, and the others (`later`); each with the dependencies that wait for it."""
        rows = MILESTONES(id=self.project.pk)
        waiting = self._waiting()
        groups: dict[str, list[Any]] = {"near": [], "later": []}
        for milestone in rows:
            day = milestone.forecast_on or milestone.baseline_on
            serializer = MilestoneSerializer(milestone, context=self._context())
            within = f"milestones.{milestone.pk}."
            groups["later" if day is not None and day > until else "near"].append({
                "record": milestone,
                "waiting": waiting.get(milestone.pk, []),
                "fields": self._fields(
                    serializer, ("actual_on", "forecast_on"), within, registers.MILESTONES
                ),
            })  # fmt: skip
        return groups

    def _waiting(self) -> dict[int, list[Dependency]]:
        """Return the dependencies that wait for the project's milestones, by milestone."""
        links: dict[int, list[Dependency]] = {}
        for link in WAITED_FOR(id=self.project.pk):
            links.setdefault(link.giver_milestone_id or 0, []).append(link)
        return links

    def _outputs(self) -> dict[str, Any]:
        """Return the outputs that are not accepted yet; a delivered one asks for the day of
        acceptance, others for their forecast."""
        rows = [
            {
                "record": output,
                "fields": self._fields(
                    OutputSerializer(output, context=self._context()),
                    ("accepted_on",) if output.state == OutputState.DELIVERED else ("forecast_on",),
                    f"outputs.{output.pk}.", registers.OUTPUTS,
                ),
                "moves": OF_OUTPUT.get(OutputState(output.state), ()),
            }
            for output in OUTPUTS(id=self.project.pk)
        ]  # fmt: skip
        return {"outputs": rows}

    def _dependencies(self) -> dict[str, list[dict[str, Any]]]:
        """Return the dependencies that the project owes, and those delivered to it and not accepted
        yet, with what the user may know of the other side."""
        project = self.project
        rows = queries.dependency_rows(DEPENDENCIES(id=project.pk), self.request.user)
        links: dict[str, list[dict[str, Any]]] = {"owed": [], "given": []}
        for row in rows:
            link = row.dependency
            if link.giver_id == project.pk and link.status in OWED:
                links["owed"].append(self._dependency(row, _asked_of_giver(link), giver=False))
            elif link.receiver_id == project.pk and link.status == DependencyStatus.DELIVERED:
                links["given"].append(self._dependency(row, ("accepted_on",), giver=True))
        return links

    def _dependency(self, row: Any, asked: Sequence[str], *, giver: bool) -> dict[str, Any]:
        """Return a dependency as one end sees it, with the fields to ask for."""
        link = row.dependency
        serializer = DependencySerializer(link, context=self._context())
        within = f"dependencies.{link.pk}."
        return {
            **dependency_row(row, giver=giver, at=None),
            "version": link.version,
            "fields": self._fields(serializer, asked, within, registers.DEPENDENCIES),
        }

    def _risks(self) -> dict[str, Any]:
        """Return the open risks, with what may become of each, and the form of a new one."""
        rows = [
            {
                "record": risk,
                "fields": self._fields(
                    RiskSerializer(risk, context=self._context()), _estimates_of(risk),
                    f"risks.{risk.pk}.", registers.RISKS,
                ),
                "moves": OF_RISK if _may_happen(risk) else OF_RISK[:1],
            }
            for risk in RISKS(id=self.project.pk)
        ]  # fmt: skip
        new = self._new(RiskSerializer, ("title", *RISK_FIELDS), "risks", registers.RISKS)
        return {"risks": rows, "new": new}

    def _issues(self, as_of: date) -> dict[str, Any]:
        """Return the open issues, with what may become of each, and the form of a new one."""
        rows = [
            {
                "record": issue,
                "overdue": issue.overdue(as_of),
                "fields": self._fields(
                    IssueSerializer(issue, context=self._context()), ("due_on", "resolution"),
                    f"issues.{issue.pk}.", registers.ISSUES,
                ),
                "moves": OF_ISSUE if issue.state == IssueState.RAISED else OF_ISSUE[1:],
            }
            for issue in ISSUES(id=self.project.pk)
        ]  # fmt: skip
        new = self._new(
            IssueSerializer, ("title", "severity", "due_on"), "issues", registers.ISSUES,
            severity=Severity.MEDIUM,
        )  # fmt: skip
        return {"issues": rows, "new": new}

    def _costs(self, as_of: date) -> dict[str, Any]:
        """Return the form of a new cost."""
        new = self._new(
            CostActualSerializer, ("amount", "posted_on", "description"), "costs",
            registers.COST_ACTUALS, one="cost", posted_on=as_of.isoformat(),
        )  # fmt: skip
        return {"new": new}


def _asked_of_giver(link: Dependency) -> tuple[str, ...]:
    """Return the days to ask the giver for: not the forecast, where a milestone gives it."""
    delivered = ("delivered_on",) if link.status == DependencyStatus.AGREED else ()
    return delivered if link.giver_milestone_id else (*delivered, "forecast_on")


def words_of(draft: StatusReport) -> dict[str, str]:
    """Return the text fields of a draft."""
    return {name: getattr(draft, name) for name in WORDS}


def _may_happen(risk: Risk) -> bool:
    """Return whether a risk can turn into an issue."""
    return risk.kind == "threat" and risk.status == "open"
