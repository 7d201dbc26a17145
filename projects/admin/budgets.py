"""Budget requests and transfers: written here and on pages, decided by their verbs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from projects.admin.gates import VerbDrivenAdmin
from projects.models import BudgetRequest, BudgetRequestState, BudgetTransfer, BudgetTransferState


@admin.register(BudgetRequest)
class BudgetRequestAdmin(VerbDrivenAdmin):
    """Requests of all projects and programmes."""

    set_by_verbs = ("approved_amount", "decided_by", "decided_on", "answer", "decision",
                    "budget_line", "programme_line")  # fmt: skip
    list_display = ("code", "title", "project", "programme", "fiscal_year", "amount", "state")
    list_display_links = ("code", "title")
    list_filter = ("state", "fiscal_year", "treatment")
    list_select_related = ("project", "programme")
    date_hierarchy = "decided_on"
    search_fields = ("code", "title", "project__code", "programme__code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only drafts be changed."""
        draft = obj is None or obj.state == BudgetRequestState.DRAFT
        return super().has_change_permission(request, obj) and draft


@admin.register(BudgetTransfer)
class BudgetTransferAdmin(VerbDrivenAdmin):
    """Transfers between budget lines."""

    set_by_verbs = ("on", "decided_by")
    list_display = ("from_line", "to_line", "amount", "state", "on", "decided_by")
    list_display_links = ("from_line", "to_line")
    list_filter = ("state",)
    list_select_related = ("from_line__project", "to_line__project", "decided_by")
    date_hierarchy = "on"
    search_fields = ("reason", "from_line__code", "to_line__code", "from_line__project__code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only proposed transfers be changed."""
        proposed = obj is None or obj.state == BudgetTransferState.PROPOSED
        return super().has_change_permission(request, obj) and proposed
