"""Work packages and iterations of all projects."""

from __future__ import annotations

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from projects.admin.gates import VerbDrivenAdmin
from projects.models import Iteration, WorkPackage


@admin.register(WorkPackage)
class WorkPackageAdmin(RecordAdmin):
    """Work packages of all projects."""

    list_display = ("code", "title", "project", "owner", "finishes_on", "weight", "percent")
    list_display_links = ("code", "title")
    list_filter = ("project__programme",)
    list_select_related = ("project", "owner")
    search_fields = ("code", "title", "project__code", "owner__name")


@admin.register(Iteration)
class IterationAdmin(VerbDrivenAdmin):
    """Iterations of all projects: a closed one is never changed."""

    set_by_verbs = ("released_on",)
    list_display = (
        "number", "project", "goal", "starts_on", "ends_on", "points_planned", "points_done",
        "state",
    )  # fmt: skip
    list_display_links = ("number", "goal")
    list_filter = ("state",)
    list_select_related = ("project",)
    date_hierarchy = "ends_on"
    search_fields = ("goal", "project__code")
