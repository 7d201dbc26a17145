"""Inspections, what they found, and decisions about oversight: written here and on pages."""

from typing import Any

from django.contrib import admin

from pmhub.admin.records import Rows
from projects.admin.gates import VerbDrivenAdmin
from projects.models import Inspection, InspectionFinding, InspectionPlan, OversightDecision
from projects.services import draw_inspections, gather_evidence


class FindingRows(Rows):
    """What an inspection found."""

    model = InspectionFinding
    fields = ("code", "text", "severity", "owner", "due_on")


@admin.register(Inspection)
class InspectionAdmin(VerbDrivenAdmin):
    """Inspections of all projects."""

    set_by_verbs = ("held_on", "result", "report")
    list_display = ("code", "title", "project", "inspector", "planned_on", "state", "result")
    list_display_links = ("code", "title")
    list_filter = ("state", "result", "hold_point")
    list_select_related = ("project", "inspector")
    date_hierarchy = "planned_on"
    search_fields = ("code", "title", "project__code", "project__name")
    inlines = (FindingRows,)


@admin.register(InspectionPlan)
class InspectionPlanAdmin(VerbDrivenAdmin):
    """Plans of inspections of all projects."""

    list_display = ("code", "title", "project", "hold_point", "milestone", "every_days", "state")
    list_display_links = ("code", "title")
    list_filter = ("state", "hold_point")
    list_select_related = ("project", "milestone")
    search_fields = ("code", "title", "project__code", "project__name")

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Store the plan, and draw its next inspection."""
        super().save_model(request, obj, form, change)
        draw_inspections(InspectionPlan.objects.filter(pk=obj.pk))


@admin.register(InspectionFinding)
class FindingAdmin(VerbDrivenAdmin):
    """Findings of inspections, to follow up."""

    set_by_verbs = ("corrective_action", "root_cause", "verified_by", "closed_on")
    list_display = ("inspection", "code", "text", "severity", "owner", "due_on", "state")
    list_display_links = ("code", "text")
    list_filter = ("state", "severity")
    list_select_related = ("inspection", "owner")
    search_fields = ("code", "text", "owner__name", "inspection__code")


@admin.register(OversightDecision)
class OversightDecisionAdmin(VerbDrivenAdmin):
    """Decisions about how closely projects are watched."""

    set_by_verbs = ("until", "decided_by", "decided_on", "appeal", "answer")
    list_display = ("project", "level", "derived_then", "person", "state", "until")
    list_filter = ("state", "level")
    list_select_related = ("project", "person")
    search_fields = ("project__code", "project__name", "person__name")

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Store a decision; a new one takes the evidence from the records of its project."""
        if not change:
            gather_evidence(obj)
        super().save_model(request, obj, form, change)
