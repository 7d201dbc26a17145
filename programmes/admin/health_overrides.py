"""Overrides of health on the admin pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from programmes.admin.authored import AuthoredAdmin
from programmes.models import HealthOverride
from programmes.models.states import OverrideState


@admin.register(HealthOverride)
class HealthOverrideAdmin(AuthoredAdmin):
    """Overrides of health, to be approved by somebody else or withdrawn."""

    list_display = ("target", "colour", "state", "starts_on", "expires_on", "by", "approved_by")
    list_display_links = ("target", "colour")
    list_filter = ("state", "colour", "programme")
    list_select_related = ("programme", "project", "by", "approved_by")
    date_hierarchy = "starts_on"
    search_fields = ("reason", "programme__code", "project__code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow changes only while an override is proposed."""
        open_ = obj is None or obj.state == OverrideState.PROPOSED
        return super().has_change_permission(request, obj) and open_

    @admin.display(description="Of")
    def target(self, override: HealthOverride) -> str:
        """Return the programme or the project whose health it is."""
        return str(override.target)
