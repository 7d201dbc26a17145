"""Assumptions: written here and on pages, settled by their verbs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from projects.admin.gates import VerbDrivenAdmin
from projects.models import Assumption, AssumptionState


@admin.register(Assumption)
class AssumptionAdmin(VerbDrivenAdmin):
    """Assumptions of all projects, programmes and portfolios."""

    set_by_verbs = ("settled_on", "risk", "issue")
    list_display = ("code", "text", "place", "confidence", "owner", "validate_by", "state")
    list_display_links = ("code", "text")
    list_filter = ("state", "confidence")
    list_select_related = ("project", "programme", "portfolio", "owner")
    date_hierarchy = "validate_by"
    search_fields = ("code", "text", "basis", "owner__name")

    @admin.display(description="Of")
    def place(self, assumption: Assumption) -> str:
        """Return the project, programme or portfolio in which the assumption was made."""
        return str(assumption.project or assumption.programme or assumption.portfolio)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only open assumptions be changed."""
        still = obj is None or obj.state == AssumptionState.OPEN
        return super().has_change_permission(request, obj) and still
