"""Projects, their baselines and outputs, and the forecasts computed for them."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from pmhub.admin.pages import ReadOnlyAdmin, actor
from pmhub.admin.records import RecordAdmin, RecordForm, Rows, adopt_record
from pmhub.serializers.fields import LONGEST_REASON
from pmhub.services import save
from programmes.models import Rating
from projects.admin.money import BudgetRows
from projects.admin.schedule import MilestoneRows
from projects.models import Baseline, Output, Project, ProjectForecast
from projects.services import rebaseline


class OutputRows(Rows):
    """What a project delivers."""

    model = Output
    fields = ("code", "title", "planned_on", "forecast_on", "accepted_on", "accepted_by", "state")


class BaselineRows(Rows):
    """The approved plans of a project; a new one is added on the page of baselines."""

    model = Baseline
    may_add = may_change = may_delete = False
    fields = ("number", "approved_on", "starts_on", "finishes_on", "budget_at_completion", "reason")


class ProjectForm(RecordForm):
    """The form of a project, with a field for the reason why less is complete than before."""

    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        help_text="Why less is complete than before; kept in the history",
    )


@admin.register(Project)
class ProjectAdmin(RecordAdmin):
    """Projects of all programmes, and those that stand alone under the PMO.

    A project is moved and terminated on its own page, where a reason is asked for.
    """

    form = ProjectForm
    list_display = (
        "code", "name", "home", "stage", "status", "project_manager", "percent_complete",
        "forecast_finish", "declared_rag", "declared_on",
    )  # fmt: skip
    list_display_links = ("code", "name")
    list_filter = ("status", "stage", "declared_rag", "programme", "regulated", "complexity")
    list_select_related = ("programme", "portfolio", "project_manager")
    date_hierarchy = "forecast_finish"
    search_fields = ("code", "name", "project_manager__name")
    inlines = (BaselineRows, MilestoneRows, BudgetRows, OutputRows)
    actions = ("declare_green", "declare_amber", "declare_red")

    @admin.display(description="Programme", ordering="programme__code")
    def home(self, project: Project) -> str:
        """Return the code of the programme, or that the project stands alone."""
        return project.programme.code if project.programme else "stands alone"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the fields read-only that the verbs of moving and ending set."""
        given = super().get_readonly_fields(request, obj)
        ended = [*given, "status", "terminated_on", "ended_reason"]
        return [*ended, "programme", "portfolio"] if obj else ended

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Leave out the reason for less progress in the form of a new project."""
        given = super().get_fields(request, obj)
        return given if obj else [name for name in given if name != "reason"]

    @admin.action(description="Declare green", permissions=["change"])
    def declare_green(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        """Declare the projects green, as reported today."""
        self._declare(request, queryset, Rating.GREEN)

    @admin.action(description="Declare amber", permissions=["change"])
    def declare_amber(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        """Declare the projects amber, as reported today."""
        self._declare(request, queryset, Rating.AMBER)

    @admin.action(description="Declare red", permissions=["change"])
    def declare_red(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        """Declare the projects red, as reported today."""
        self._declare(request, queryset, Rating.RED)

    def _declare(self, request: HttpRequest, rows: QuerySet[Project], rating: Rating) -> None:
        def declare(project: Project) -> None:
            project.declared_rag, project.declared_on = rating, _as_of(project)
            save(project, "declared_rag", "declared_on", by=actor(request))

        self.each(request, _with_home(rows), declare, f"declared {rating}")


def _with_home(rows: QuerySet[Project]) -> QuerySet[Project]:
    return rows.select_related("programme__portfolio", "portfolio")


def _as_of(project: Project) -> date:
    return project.owner_portfolio.as_of


@admin.register(Baseline)
class BaselineAdmin(RecordAdmin):
    """Approved plans. A new one is added; none is ever changed."""

    list_display = (
        "project", "number", "approved_on", "starts_on", "finishes_on", "budget_at_completion",
    )  # fmt: skip
    list_filter = ("project__programme",)
    list_select_related = ("project",)
    date_hierarchy = "approved_on"
    search_fields = ("project__code", "project__name", "reason")
    fields = (
        "project", "starts_on", "finishes_on", "budget_at_completion", "planned_value_profile",
        "approved_on", "reason",
    )  # fmt: skip

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only a draft be changed: a baseline that an import left without a day of approval."""
        draft = obj is None or obj.approved_on is None
        return super().has_change_permission(request, obj) and draft

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Require the day of approval."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "approved_on" in form.base_fields:
            form.base_fields["approved_on"].required = True
        return form

    def insert(self, request: HttpRequest, obj: Baseline) -> None:
        """Approve the plan of the form as the next baseline of its project."""
        made = rebaseline(
            obj.project,
            starts_on=obj.starts_on,
            finishes_on=obj.finishes_on,
            budget_at_completion=obj.budget_at_completion,
            profile=obj.planned_value_profile,
            approved_on=obj.approved_on or _as_of(obj.project),
            reason=obj.reason,
            by=actor(request),
        )
        adopt_record(obj, made)


@admin.register(Output)
class OutputAdmin(RecordAdmin):
    """Outputs of all projects."""

    list_display = ("code", "title", "project", "planned_on", "forecast_on", "accepted_on", "state")
    list_display_links = ("code", "title")
    list_filter = ("state", "project__programme")
    list_select_related = ("project",)
    search_fields = ("code", "title", "project__code")


@admin.register(ProjectForecast)
class ProjectForecastAdmin(ReadOnlyAdmin):
    """What the engine computed for projects."""

    list_display = (
        "project", "starts_on", "finishes_on", "slip_days", "hidden_delay_days", "valid_from",
        "valid_to",
    )  # fmt: skip
    list_filter = (("valid_to", admin.EmptyFieldListFilter), "project__programme")
    list_select_related = ("project",)
    ordering = ("project__code", "-valid_from")
    search_fields = ("project__code", "project__name")
