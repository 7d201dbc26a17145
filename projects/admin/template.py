"""Templates of projects."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin, Rows
from projects.models import Template, TemplateMilestone


class MilestoneRows(Rows):
    """Milestones of a template."""

    model = TemplateMilestone


@admin.register(Template)
class TemplateAdmin(RecordAdmin):
    """Templates of all portfolios."""

    list_display = ("code", "name", "portfolio", "state", "delivery_approach", "duration_days")
    list_display_links = ("code", "name")
    list_filter = ("state", "delivery_approach", "portfolio")
    list_select_related = ("portfolio",)
    search_fields = ("code", "name")
    inlines = (MilestoneRows,)
