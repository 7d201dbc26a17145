"""Disciplines and what people can do: written here and on pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from programmes.admin.authored import AuthoredAdmin
from programmes.models import CompetenceRecord, Discipline, DisciplineLink, Qualification, Training


@admin.register(Discipline)
class DisciplineAdmin(RecordAdmin):
    """Disciplines of all portfolios."""

    list_display = ("code", "name", "portfolio", "lead")
    list_display_links = ("code", "name")
    list_filter = ("portfolio",)
    list_select_related = ("portfolio", "lead")
    search_fields = ("code", "name", "lead__name")


@admin.register(DisciplineLink)
class DisciplineLinkAdmin(RecordAdmin):
    """What disciplines give to one another."""

    list_display = ("giver", "receiver", "gives")
    list_display_links = ("giver", "receiver")
    list_filter = ("giver__portfolio",)
    list_select_related = ("giver", "receiver")
    search_fields = ("gives", "needs", "giver__name", "receiver__name")


class AssessmentAdmin(AuthoredAdmin):
    """Admin pages of assessments: another is added, none is changed."""

    author = "assessor"

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Allow no changes."""
        return obj is None and super().has_change_permission(request, obj)


@admin.register(CompetenceRecord)
class CompetenceRecordAdmin(AssessmentAdmin):
    """Assessments of what people can do: never changed."""

    list_display = ("person", "discipline", "level", "assessed_on", "next_on", "assessor")
    list_filter = ("level", "discipline")
    list_select_related = ("person", "discipline", "assessor")
    date_hierarchy = "assessed_on"
    search_fields = ("person__name", "person__code", "evidence")


@admin.register(Training)
class TrainingAdmin(RecordAdmin):
    """Trainings of all people."""

    list_display = ("person", "title", "discipline", "planned_on", "taken_on")
    list_display_links = ("person", "title")
    list_filter = ("discipline",)
    list_select_related = ("person", "discipline")
    search_fields = ("title", "person__name", "person__code")


@admin.register(Qualification)
class QualificationAdmin(RecordAdmin):
    """Qualifications of all people."""

    list_display = ("person", "title", "body", "obtained_on", "expires_on")
    list_display_links = ("person", "title")
    list_filter = ("discipline", "expires_on")
    list_select_related = ("person",)
    search_fields = ("title", "body", "person__name", "person__code")
