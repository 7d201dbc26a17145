"""Milestones and dependencies."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from pmhub.admin.pages import actor
from pmhub.admin.records import RecordAdmin, Rows
from projects.models import Dependency, DependencyMessage, Milestone, MilestoneForecast
from projects.services import record_milestone_forecast, withdraw_dependency


class MilestoneRows(Rows):
    """The milestones of a project."""

    model = Milestone
    fields = ("code", "title", "kind", "baseline_on", "forecast_on", "actual_on", "key", "state")


class ForecastRows(Rows):
    """Forecasts of a milestone, report by report."""

    model = MilestoneForecast


@admin.register(Milestone)
class MilestoneAdmin(RecordAdmin):
    """Milestones of all projects."""

    list_display = (
        "code", "title", "project", "kind", "baseline_on", "forecast_on", "actual_on", "key",
        "state",
    )  # fmt: skip
    list_display_links = ("code", "title")
    list_filter = ("state", "kind", "key", "project__programme")
    list_select_related = ("project",)
    date_hierarchy = "forecast_on"
    search_fields = ("code", "title", "project__code", "project__name")
    inlines = (ForecastRows,)
    actions = ("report",)

    @admin.action(description="Report the present forecast", permissions=["change"])
    def report(self, request: HttpRequest, queryset: QuerySet[Milestone]) -> None:
        """Record the present forecast of each milestone as a report, for the trend."""
        rows = queryset.select_related("project__programme__portfolio", "project__portfolio")
        self.each(
            request, rows, lambda row: record_milestone_forecast(row, by=actor(request)), "reported"
        )


@admin.register(Dependency)
class DependencyAdmin(RecordAdmin):
    """Dependencies between projects."""

    entered = ("proposed_side",)
    list_display = (
        "code", "deliverable", "giver_name", "receiver", "kind", "need_by", "forecast_on",
        "status", "drives_schedule",
    )  # fmt: skip
    list_display_links = ("code", "deliverable")
    list_filter = ("status", "kind", "drives_schedule", "hardness", "receiver__programme")
    list_select_related = ("giver", "receiver")
    date_hierarchy = "need_by"
    search_fields = (
        "code", "deliverable", "giver__code", "receiver__code", "external_giver",
    )  # fmt: skip
    covered = ("withdrawal",)
    actions = ("withdraw",)

    @admin.display(description="Giver")
    def giver_name(self, dependency: Dependency) -> str:
        """Return the project that delivers, or the name of the outside party."""
        return str(dependency.giver or dependency.external_giver)

    @admin.action(description="Withdraw", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Dependency]) -> None:
        """Withdraw the dependencies: nobody needs the deliverables any more."""
        self.each(
            request, queryset, lambda row: withdraw_dependency(row, by=actor(request)), "withdrawn"
        )


@admin.register(DependencyMessage)
class DependencyMessageAdmin(RecordAdmin):
    """Messages between the sides of dependencies: never changed."""

    list_display = ("dependency", "side", "kind", "need_by", "forecast_on", "author", "at")
    list_filter = ("kind", "side")
    list_select_related = ("dependency", "author")
    date_hierarchy = "at"
    search_fields = ("text", "dependency__code")

    may_add = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let nobody change a message."""
        return False
