"""Groups that have to work in another way for an outcome, and their assessments."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from programmes.models import AdoptionAssessment, ImpactedGroup


@admin.register(ImpactedGroup)
class ImpactedGroupAdmin(RecordAdmin):
    """Impacted groups of all outcomes."""

    list_display = ("code", "name", "outcome", "unit", "size", "adopt_by", "owner", "state")
    list_display_links = ("code", "name")
    list_filter = ("state", "outcome__programme")
    list_select_related = ("outcome", "owner")
    search_fields = ("code", "name", "unit", "outcome__code", "outcome__title")


@admin.register(AdoptionAssessment)
class AdoptionAssessmentAdmin(RecordAdmin):
    """Assessments of groups, day by day: never changed."""

    list_display = ("impacted_group", "on", "readiness", "adoption_pct", "by")
    list_select_related = ("impacted_group", "by")
    date_hierarchy = "on"
    search_fields = ("impacted_group__code", "impacted_group__name", "evidence")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Allow no changes."""
        return obj is None and super().has_change_permission(request, obj)
