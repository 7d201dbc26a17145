"""Judgements of delivery confidence on the admin pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from programmes.admin.authored import AuthoredAdmin
from programmes.models import DcaRecord


@admin.register(DcaRecord)
class DcaRecordAdmin(AuthoredAdmin):
    """Judgements of delivery confidence: another is added, none is changed."""

    list_display = ("on", "target", "kind", "value", "basis", "by")
    list_display_links = ("on", "target")
    list_filter = ("kind", "value", "programme")
    list_select_related = ("programme", "project", "by")
    date_hierarchy = "on"
    search_fields = ("basis", "programme__code", "project__code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow no changes."""
        return False

    @admin.display(description="Of")
    def target(self, record: DcaRecord) -> str:
        """Return the programme or the project that is judged."""
        return str(record.target)
