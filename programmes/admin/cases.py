"""Business cases with their options and flows, of which drafts are edited here; exceptions."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.pages import ReadOnlyAdmin
from pmhub.admin.records import RecordAdmin
from programmes.models import BusinessCase, CaseFlow, CaseOption, ExceptionReport


class DraftAdmin(RecordAdmin):
    """Admin pages of records that can be changed only while their case is a draft."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow changes only while the case is a draft."""
        return super().has_change_permission(request, obj) and (
            obj is None or obj.pk is None or case_of(obj).is_draft
        )


def case_of(row: Any) -> BusinessCase:
    """Return the case that a row is, or belongs to."""
    while not isinstance(row, BusinessCase):
        row = row.case if isinstance(row, CaseOption) else row.option
    return row


@admin.register(BusinessCase)
class BusinessCaseAdmin(DraftAdmin):
    """Business cases."""

    list_display = ("code", "place", "kind", "number", "state", "npsv", "approved_on")
    list_filter = ("state", "kind", "programme")
    list_select_related = ("programme", "project")
    date_hierarchy = "approved_on"
    search_fields = ("code", "programme__code", "project__code")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep the results of verbs from being edited: who approved or rejected it, when and why. A
        copy is begun on the page of the case that is copied."""
        of_verbs = ("approved_by", "approved_on", "rejection_reason", "begun_from")
        return [*super().get_readonly_fields(request, obj), *of_verbs]


@admin.register(CaseOption)
class CaseOptionAdmin(DraftAdmin):
    """Options of business cases."""

    list_display = ("code", "title", "case", "kind", "bias_category", "mitigation", "risk_cost",
                    "foreign_risk_cost", "foreign_currency")  # fmt: skip
    list_display_links = ("code", "title")
    list_filter = ("kind", "bias_category")
    list_select_related = ("case",)
    search_fields = ("code", "title", "case__code")


@admin.register(CaseFlow)
class CaseFlowAdmin(DraftAdmin):
    """Flows of options."""

    list_display = ("option", "fiscal_year", "kind", "treatment", "category", "amount",
                    "foreign_amount", "foreign_currency")  # fmt: skip
    list_filter = ("kind", "treatment", "fiscal_year")
    list_select_related = ("option",)
    search_fields = ("option__code", "category")


@admin.register(ExceptionReport)
class ExceptionAdmin(ReadOnlyAdmin):
    """Exceptions: opened by the product, decided on their pages."""

    list_display = ("kind", "place", "now", "approved", "state", "decision", "opened_on")
    list_filter = ("state", "kind", "decision")
    list_select_related = ("project", "case")
    date_hierarchy = "opened_on"
    search_fields = ("project__code", "case__code", "cause")
