"""Templates of projects and programmes."""

from django.contrib import admin

from pmhub.admin.records import RecordAdmin, Rows
from projects.models import (
    Template,
    TemplateCriterion,
    TemplateEntry,
    TemplateMilestone,
    TemplateRole,
)


class MilestoneRows(Rows):
    """Milestones of a template."""

    model = TemplateMilestone


class EntryRows(Rows):
    """Entries that a template writes into the registers of what is begun from it."""

    model = TemplateEntry


class CriterionRows(Rows):
    """Criteria of the gates of what is begun from a template."""

    model = TemplateCriterion


class RoleRows(Rows):
    """Roles that a template asks for."""

    model = TemplateRole


@admin.register(Template)
class TemplateAdmin(RecordAdmin):
    """Templates of all portfolios."""

    list_display = ("code", "name", "kind", "portfolio", "state", "duration_days")
    list_display_links = ("code", "name")
    list_filter = ("kind", "state", "delivery_approach", "portfolio")
    list_select_related = ("portfolio",)
    search_fields = ("code", "name")
    inlines = (MilestoneRows, EntryRows, RoleRows, CriterionRows)
