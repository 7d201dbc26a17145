"""Delegated limits on the admin pages."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from programmes.models import DelegatedLimit


@admin.register(DelegatedLimit)
class DelegatedLimitAdmin(RecordAdmin):
    """What each level may decide itself."""

    list_display = ("level", "portfolio", "cost", "days", "benefit_pct")
    list_filter = ("portfolio",)
    list_select_related = ("portfolio",)
