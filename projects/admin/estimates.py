"""Estimates of all projects."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from projects.admin.gates import VerbDrivenAdmin
from projects.models import Estimate


@admin.register(Estimate)
class EstimateAdmin(VerbDrivenAdmin):
    """Estimates of all subjects, day by day: never changed."""

    set_by_verbs = ("actual", "actual_on")
    list_display = (
        "made_on", "of", "quantity", "low", "likely", "high", "accuracy_class", "method",
        "estimator",
    )  # fmt: skip
    list_display_links = ("made_on", "of")
    list_filter = ("quantity", "method", "accuracy_class")
    list_select_related = ("project", "budget_line", "milestone", "work_package", "estimator")
    date_hierarchy = "made_on"
    search_fields = ("basis", "estimator__name")

    @admin.display(description="Of")
    def of(self, estimate: Estimate) -> str:
        """Return the record that is estimated."""
        return str(estimate.subject)

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Let nobody change an estimate."""
        return obj is None and super().has_change_permission(request, obj)
