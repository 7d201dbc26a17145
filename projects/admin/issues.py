"""Issues of projects and programmes."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from pmhub.admin.pages import actor
from pmhub.admin.records import RecordAdmin
from projects.admin.home import HomeFilter
from projects.models import (
    Issue,
    IssueState,
)
from projects.services import end


@admin.register(Issue)
class IssueAdmin(RecordAdmin):
    """Issues of all projects and programmes."""

    list_display = ("code", "title", "home", "severity", "raised_on", "due_on", "owner", "state")
    list_display_links = ("code", "title")
    list_filter = ("state", "severity", "kind", HomeFilter)
    list_select_related = ("programme", "project", "owner")
    date_hierarchy = "due_on"
    search_fields = ("code", "title", "owner__name", "resolution")
    covered = ("closure",)
    actions = ("close",)

    @admin.display(description="Of")
    def home(self, issue: Issue) -> str:
        """Return the project or programme of the issue."""
        return str(issue.project or issue.programme)

    @admin.action(description="Close what is resolved", permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Issue]) -> None:
        """Close those of the issues that are resolved."""
        rows, by = queryset.filter(state=IssueState.RESOLVED), actor(request)
        self.each(request, rows, lambda row: end(row, noun="closure", by=by), "closed")
