"""Status reports on the admin pages."""

from django.contrib import admin

from pmhub.admin.pages import ReadOnlyAdmin
from programmes.models import StatusReport


@admin.register(StatusReport)
class StatusReportAdmin(ReadOnlyAdmin):
    """Status reports; they are written and published on the pages of their programmes."""

    list_display = (
        "subject", "kind", "period_end", "state", "declared_rag", "author", "approved_by",
        "published_at",
    )  # fmt: skip
    list_display_links = ("subject", "period_end")
    list_filter = ("state", "declared_rag", "programme")
    list_select_related = ("programme", "project", "author", "approved_by")
    date_hierarchy = "period_end"
    search_fields = ("programme__code", "project__code", "achieved", "next_steps", "help_needed")
