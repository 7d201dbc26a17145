"""Decisions and their acknowledgements on the admin pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.pages import ReadOnlyAdmin
from pmhub.admin.records import RecordAdmin
from programmes.models import Acknowledgement, Decision
from programmes.models.states import DecisionState


@admin.register(Decision)
class DecisionAdmin(RecordAdmin):
    """Decisions: proposed here and on pages, made by their verb."""

    list_display = ("title", "place", "cause", "state", "decided_on", "decided_by", "board")
    list_filter = ("state", "cause", "programme")
    list_select_related = ("portfolio", "programme", "project", "decided_by", "board")
    date_hierarchy = "decided_on"
    search_fields = ("title", "question", "outcome")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep what was decided from being edited: the verb records that."""
        given = super().get_readonly_fields(request, obj)
        return [
            *given, "outcome", "rationale", "consequences", "decided_on", "decided_by", "board",
            "present", "deputies",
        ]  # fmt: skip

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow changes only while a decision is proposed."""
        open_ = obj is None or obj.state == DecisionState.PROPOSED
        return super().has_change_permission(request, obj) and open_


@admin.register(Acknowledgement)
class AcknowledgementAdmin(ReadOnlyAdmin):
    """Who is asked to acknowledge a decision, and has done so: people do so themselves, on its
    page."""

    list_display = ("decision", "person", "state", "asked_on", "read_on")
    list_filter = ("state",)
    list_select_related = ("decision", "person")
    date_hierarchy = "asked_on"
    search_fields = ("decision__title", "person__name")
