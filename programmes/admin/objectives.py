"""Measurements of objectives on the admin pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from programmes.admin.authored import AuthoredAdmin
from programmes.models import ObjectiveMeasurement
from programmes.models.states import ObjectiveMeasurementStatus


@admin.register(ObjectiveMeasurement)
class ObjectiveMeasurementAdmin(AuthoredAdmin):
    """Measurements of objectives, to be verified or rejected."""

    list_display = ("objective", "on", "value", "status", "by", "verified_by", "programme")
    list_display_links = ("objective", "on")
    list_filter = ("status", "objective", "programme")
    list_select_related = ("objective", "by", "verified_by", "programme")
    date_hierarchy = "on"
    search_fields = ("objective__code", "objective__title", "source")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow changes only until a measurement is verified or rejected."""
        open_ = obj is None or obj.status == ObjectiveMeasurementStatus.SUBMITTED
        return super().has_change_permission(request, obj) and open_
