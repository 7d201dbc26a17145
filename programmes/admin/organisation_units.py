"""Organisation units: written here and on pages."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from programmes.models import OrganisationUnit


@admin.register(OrganisationUnit)
class OrganisationUnitAdmin(RecordAdmin):
    """Organisation units of all portfolios."""

    list_display = ("code", "name", "parent", "head", "portfolio")
    list_display_links = ("code", "name")
    list_filter = ("portfolio",)
    list_select_related = ("portfolio", "parent", "head")
    search_fields = ("code", "name", "head__name")
