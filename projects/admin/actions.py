"""Actions, whatever they are about."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from projects.models import (
    SOURCES,
    Action,
)


@admin.register(Action)
class ActionAdmin(RecordAdmin):
    """What is done about risks, issues, recommendations, decisions, projects and programmes."""

    list_display = ("title", "about", "owner", "due_on", "state", "done_on")
    list_filter = ("state",)
    list_select_related = (*SOURCES, "owner")
    date_hierarchy = "due_on"
    search_fields = ("title", "effect", "owner__name", "risk__code", "issue__code")
    fieldsets = (
        (None, {"fields": ["title", "effect", ("owner", "due_on"), "state", "done_on",
                           "evidence"]}),
        ("About exactly one of", {"fields": [*SOURCES]}),
    )  # fmt: skip

    @admin.display(description="About")
    def about(self, action: Action) -> str:
        """Return the record that the action is about."""
        return str(getattr(action, action.source, ""))
