"""Board packs on the admin pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.records import RecordAdmin
from programmes.models import BoardPack, PackState


@admin.register(BoardPack)
class BoardPackAdmin(RecordAdmin):
    """Board packs: put together here; a verb freezes them."""

    list_display = ("title", "on", "portfolio", "state", "frozen_at", "frozen_by")
    list_filter = ("state", "portfolio")
    list_select_related = ("portfolio", "frozen_by")
    date_hierarchy = "on"
    search_fields = ("title", "foreword")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow changes only of a draft."""
        draft = obj is None or obj.state == PackState.DRAFT
        return super().has_change_permission(request, obj) and draft
