"""Checks of outputs: written here and on pages."""

from django.contrib import admin

from projects.admin.gates import VerbDrivenAdmin
from projects.models import QualityRecord


@admin.register(QualityRecord)
class QualityRecordAdmin(VerbDrivenAdmin):
    """Checks of all outputs."""

    set_by_verbs = ("checked_on", "checked_by", "defects", "waiver_reason")
    list_display = ("output", "code", "title", "result", "checked_on")
    list_display_links = ("code", "title")
    list_filter = ("result",)
    list_select_related = ("output",)
    search_fields = ("code", "title", "output__code", "output__title")
