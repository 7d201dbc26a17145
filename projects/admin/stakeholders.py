"""Stakeholders and what is said to them: written here and on pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from pmhub.admin.records import RecordAdmin
from projects.admin.gates import VerbDrivenAdmin
from projects.models import Communication, Stakeholder, StakeholderAssessment


@admin.register(Stakeholder)
class StakeholderAdmin(RecordAdmin):
    """Stakeholders of all programmes and projects."""

    list_display = ("code", "name", "place", "group", "wanted_stance", "owner")
    list_display_links = ("code", "name")
    list_filter = ("wanted_stance", "programme")
    list_select_related = ("project", "programme", "owner")
    search_fields = ("code", "name", "group", "owner__name")

    @admin.display(description="Of")
    def place(self, stakeholder: Stakeholder) -> str:
        """Return the project or programme whose stakeholder it is."""
        return str(stakeholder.project or stakeholder.programme)


@admin.register(StakeholderAssessment)
class StakeholderAssessmentAdmin(RecordAdmin):
    """Assessments of stakeholders, day by day: never changed."""

    list_display = ("stakeholder", "on", "stance", "influence", "interest", "by")
    list_filter = ("stance",)
    list_select_related = ("stakeholder", "by")
    date_hierarchy = "on"
    search_fields = ("stakeholder__code", "stakeholder__name", "note")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Let nobody change an assessment."""
        return obj is None and super().has_change_permission(request, obj)


@admin.register(Communication)
class CommunicationAdmin(VerbDrivenAdmin):
    """What is said to stakeholders of all projects, programmes and portfolios."""

    set_by_verbs = ("sent_on", "heard", "feedback")
    list_display = ("code", "title", "place", "channel", "owner", "planned_on", "state", "heard")
    list_display_links = ("code", "title")
    list_filter = ("state", "heard", "channel")
    list_select_related = ("project", "programme", "portfolio", "owner")
    date_hierarchy = "planned_on"
    search_fields = ("code", "title", "message", "owner__name")

    @admin.display(description="Of")
    def place(self, communication: Communication) -> str:
        """Return the project, programme or portfolio of the communication."""
        of = communication
        return str(of.project or of.programme or of.portfolio)
