"""Tolerances on the admin pages."""

from django.contrib import admin

from programmes.admin.authored import AuthoredAdmin
from programmes.models import Tolerance


@admin.register(Tolerance)
class ToleranceAdmin(AuthoredAdmin):
    """Tolerances of portfolios, programmes and projects."""

    list_display = ("kind", "value", "side", "place", "by")
    list_display_links = ("kind", "value")
    list_filter = ("kind", "side", "portfolio", "programme")
    list_select_related = ("portfolio", "programme", "project", "by")
    search_fields = ("programme__code", "project__code")

    @admin.display(description="Of")
    def place(self, tolerance: Tolerance) -> str:
        """Return the portfolio, programme or project that it limits."""
        return str(tolerance.project or tolerance.programme or tolerance.portfolio)
