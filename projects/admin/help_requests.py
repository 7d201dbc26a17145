"""What the PMO offers, and what it is asked."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.records import RecordAdmin
from projects.admin.gates import VerbDrivenAdmin
from projects.models import HelpRequest, HelpState, Service


@admin.register(Service)
class ServiceAdmin(RecordAdmin):
    """Services of all portfolios."""

    list_display = ("code", "name", "portfolio", "owner", "days_to_answer")
    list_display_links = ("code", "name")
    list_filter = ("portfolio",)
    list_select_related = ("portfolio", "owner")
    search_fields = ("code", "name", "description", "owner__name")


@admin.register(HelpRequest)
class HelpRequestAdmin(VerbDrivenAdmin):
    """Requests for help: asked on pages and over REST, where the asker is known."""

    may_add = False
    set_by_verbs = ("asked_by", "answer", "answered_on", "rating")
    list_display = ("code", "title", "asked_by", "owner", "due_on", "state")
    list_display_links = ("code", "title")
    list_filter = ("state", "service")
    list_select_related = ("asked_by", "owner")
    date_hierarchy = "due_on"
    search_fields = ("code", "title", "question", "owner__name", "asked_by__name")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only requests that nobody has taken on be changed."""
        waits = obj is None or obj.state == HelpState.OPEN
        return super().has_change_permission(request, obj) and waits
