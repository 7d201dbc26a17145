"""Boards and their meetings on the admin pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.records import RecordAdmin
from programmes.models import Board, BoardMeeting, MeetingState


@admin.register(Board)
class BoardAdmin(RecordAdmin):
    """Boards with their members."""

    list_display = ("name", "kind", "programme", "portfolio", "chair", "quorum")
    list_filter = ("kind", "programme")
    list_select_related = ("programme", "portfolio", "chair")
    search_fields = ("name",)


@admin.register(BoardMeeting)
class BoardMeetingAdmin(RecordAdmin):
    """Meetings of boards: planned here; verbs call and hold them."""

    exclude = ("agenda", "papers")
    list_display = ("on", "board", "about", "state")
    list_filter = ("state", "board")
    list_select_related = ("board",)
    search_fields = ("about", "board__name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep attendance and minutes from being edited: the verb records them."""
        return [*super().get_readonly_fields(request, obj), "attendance", "deputies", "minutes"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow changes only while a meeting is planned."""
        planned = obj is None or obj.state == MeetingState.PLANNED
        return super().has_change_permission(request, obj) and planned
