"""Budgets, costs and contingency."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.pages import actor
from pmhub.admin.records import RecordAdmin, Rows, adopt_record
from programmes.services import draw_contingency
from projects.models import BudgetLine, Commitment, ContingencyMovement, CostActual


class BudgetRows(Rows):
    """The budget of a project."""

    model = BudgetLine


@admin.register(BudgetLine)
class BudgetLineAdmin(RecordAdmin):
    """Budget lines of all projects."""

    list_display = (
        "project", "code", "category", "treatment", "fiscal_year", "baseline", "approved",
        "forecast",
    )  # fmt: skip
    list_display_links = ("project", "code")
    list_filter = ("category", "treatment", "fiscal_year", "project__programme")
    list_select_related = ("project",)
    search_fields = ("code", "project__code", "project__name")


@admin.register(CostActual)
class CostActualAdmin(RecordAdmin):
    """Costs as posted; one that was posted in error is reversed by another."""

    may_delete = False
    list_display = ("posted_on", "target", "amount", "kind", "description", "source", "source_ref")
    list_filter = ("kind", "source", "project__programme")
    list_select_related = ("project", "programme_line__programme")
    date_hierarchy = "posted_on"
    search_fields = ("source_ref", "description", "project__code", "programme_line__code")

    @admin.display(description="Of")
    def target(self, cost: CostActual) -> str:
        """Return the project or the line of a programme that the cost is posted to."""
        line = cost.programme_line
        return f"{line.programme.code}: {line}" if line else str(cost.project)


@admin.register(Commitment)
class CommitmentAdmin(RecordAdmin):
    """Orders on budget lines."""

    list_display = ("reference", "supplier", "budget_line", "amount", "invoiced", "state")
    list_filter = ("state", "source")
    list_select_related = ("budget_line__project",)
    date_hierarchy = "placed_on"
    search_fields = ("reference", "supplier", "budget_line__project__code")


@admin.register(ContingencyMovement)
class ContingencyMovementAdmin(RecordAdmin):
    """Contingency given to projects; a negative movement gives back what was too much."""

    may_change = may_delete = False
    list_display = ("moved_on", "programme", "project", "amount", "reference", "reason")
    list_filter = ("programme",)
    list_select_related = ("programme", "project")
    date_hierarchy = "moved_on"
    search_fields = ("reference", "reason", "programme__code", "project__code")

    def insert(self, request: HttpRequest, obj: Any) -> None:
        """Draw the contingency, never more than remains."""
        made = draw_contingency(
            obj.programme,
            to=obj.project,
            amount=obj.amount,
            on=obj.moved_on,
            reference=obj.reference,
            reason=obj.reason,
            by=actor(request),
        )
        adopt_record(obj, made)
