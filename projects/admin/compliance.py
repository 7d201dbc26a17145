"""Compliance items of projects."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from projects.models import (
    ComplianceItem,
)


@admin.register(ComplianceItem)
class ComplianceItemAdmin(RecordAdmin):
    """Compliance items of all projects."""

    list_display = (
        "code", "title", "project", "kind", "authority", "due_on", "blocks", "state", "granted_on",
    )  # fmt: skip
    list_display_links = ("code", "title")
    list_filter = ("state", "kind", "blocks", "project__programme")
    list_select_related = ("project",)
    date_hierarchy = "due_on"
    search_fields = ("code", "title", "authority", "project__code")
