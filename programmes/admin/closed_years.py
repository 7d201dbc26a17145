"""Closed fiscal years."""

from django.contrib import admin

from programmes.admin.authored import AuthoredAdmin
from programmes.models import ClosedYear


@admin.register(ClosedYear)
class ClosedYearAdmin(AuthoredAdmin):
    """Fiscal years that are closed, or were closed and are open again."""

    author = "closed_by"
    list_display = ("fiscal_year", "portfolio", "state", "closed_by")
    list_filter = ("state", "portfolio")
    list_select_related = ("portfolio", "closed_by")
    search_fields = ("note", "portfolio__code")
