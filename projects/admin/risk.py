"""Risks of projects and programmes."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from pmhub.admin.pages import actor
from pmhub.admin.records import RecordAdmin
from pmhub.database.priced import RISKS
from pmhub.services import turn
from projects.admin.home import HomeFilter
from projects.models import (
    Risk,
    RiskStatus,
)
from projects.services import close_risk, escalate_risk, return_risk


def _estimate(view: str) -> Any:
    """Return the fieldset of one estimate of a risk: its probability, cost and days in three
    rows."""
    cost, days = ([f"{view}_{of}_{end}" for end in ("min", "most_likely", "max")]
                  for of in ("cost", "days"))  # fmt: skip
    return view.capitalize(), {"fields": [f"{view}_probability", tuple(cost), tuple(days)]}


@admin.register(Risk)
class RiskAdmin(RecordAdmin):
    """Risks of all projects and programmes. Escalating, returning and closing are actions."""

    list_display = (
        "code", "title", "home", "kind", "residual_probability", "residual_cost_most_likely",
        "proximity_on", "owner", "status",
    )  # fmt: skip
    list_display_links = ("code", "title")
    list_filter = ("status", "kind", "response", "category", HomeFilter)
    list_select_related = ("programme", "project", "owner")
    date_hierarchy = "proximity_on"
    search_fields = ("code", "title", "cause", "event", "effect", "owner__name")
    fieldsets = (
        (None, {"fields": ["code", "title", ("project", "programme"), "kind", "category",
                           "status", "escalated_to", "aggregated_into", "owner", "actionee",
                           "cause", "event", "effect", "proximity_on",
                           "benefit_effect_percent"]}),
        ("Response", {"fields": ["response", "response_cost"]}),
        _estimate("inherent"), _estimate("residual"), _estimate("target"),
        ("In another currency", {"fields": ["foreign_currency", *RISKS.foreign]}),
    )  # fmt: skip
    covered = ("opening", "escalation", "return", "closure")
    actions = ("open", "escalate", "give_back", "close")

    @admin.display(description="Of")
    def home(self, risk: Risk) -> str:
        """Return the project or programme that the risk threatens."""
        return str(risk.project or risk.programme)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the fields read-only that verbs set: the status, once there is one, and where the
        risk is counted."""
        given = super().get_readonly_fields(request, obj)
        return [*given, "status", "escalated_to"] if obj else [*given, "escalated_to"]

    @admin.action(description="Open drafts", permissions=["change"])
    def open(self, request: HttpRequest, queryset: QuerySet[Risk]) -> None:
        """Open the drafts among the risks: from here on they count."""
        rows, by = queryset.filter(status=RiskStatus.DRAFT), actor(request)
        self.each(request, rows, lambda row: turn(row, noun="opening", by=by), "opened")

    @admin.action(description="Escalate to the programme", permissions=["change"])
    def escalate(self, request: HttpRequest, queryset: QuerySet[Risk]) -> None:
        """Escalate the risks: their programme counts them instead of the project."""
        self.each(request, queryset, lambda row: escalate_risk(row, by=actor(request)), "escalated")

    @admin.action(description="Return to the project", permissions=["change"])
    def give_back(self, request: HttpRequest, queryset: QuerySet[Risk]) -> None:
        """Return the risks to their project, which counts them again."""
        self.each(request, queryset, lambda row: return_risk(row, by=actor(request)), "returned")

    @admin.action(description="Close", permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Risk]) -> None:
        """Close the risks: they can no longer happen."""
        self.each(request, queryset, lambda row: close_risk(row, by=actor(request)), "closed")
