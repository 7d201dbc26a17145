"""Change requests: raised here and on pages, assessed, decided and implemented by their verbs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.pages import ReadOnlyAdmin
from pmhub.admin.records import RecordAdmin
from projects.models import ChangeRequest, ChangeState, ChangeVote
from projects.serializers.requested_value import NAMES


@admin.register(ChangeRequest)
class ChangeRequestAdmin(RecordAdmin):
    """Change requests of all projects and programmes. A change of one field of a record is asked
    for on the page of that record, where the field is typed in as usual."""

    exclude = ("writes",)
    list_display = ("code", "title", "place", "state", "level", "previewed_cost", "decided_on")
    list_display_links = ("code", "title")
    list_filter = ("state", "kind", "level", "funding")
    list_select_related = ("project", "programme")
    search_fields = ("code", "title", "project__code", "programme__code")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the requested field with its value, and the approvers, read-only."""
        return [*super().get_readonly_fields(request, obj), *NAMES, "approvers"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only change requests that are raised and not yet assessed be changed."""
        raised = obj is None or obj.state == ChangeState.RAISED
        return super().has_change_permission(request, obj) and raised


@admin.register(ChangeVote)
class ChangeVoteAdmin(ReadOnlyAdmin):
    """Votes on change requests: cast on the page of the change."""

    list_display = ("change", "person", "choice", "on")
    list_filter = ("choice",)
    list_select_related = ("change", "person")
    search_fields = ("change__code", "person__name")
