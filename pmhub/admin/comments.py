"""What people say about records: the PMO takes away what has no place there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.records import RecordAdmin
from pmhub.models import Comment


@admin.register(Comment)
class CommentAdmin(RecordAdmin):
    """Comments: written and changed by their authors on the pages, deleted here too."""

    may_add = False
    list_display = ("id", "created_at", "created_by", "record_type", "record_id", "text")
    list_filter = ("record_type",)
    list_select_related = ("created_by",)
    search_fields = ("text",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let none be changed but by its author."""
        return obj is None and super().has_change_permission(request, obj)
