"""Custom fields."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from programmes.models import CustomField


@admin.register(CustomField)
class CustomFieldAdmin(RecordAdmin):
    """Custom fields of all portfolios."""

    list_display = ("label", "entity", "type", "portfolio", "required_from", "position", "state")
    list_filter = ("entity", "type", "state", "portfolio")
    list_select_related = ("portfolio",)
    search_fields = ("name", "label")
