"""Lessons, and what was answered to them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pmhub.admin.pages import ReadOnlyAdmin
from projects.admin.gates import VerbDrivenAdmin
from projects.models import Lesson, LessonState, LessonUse


@admin.register(Lesson)
class LessonAdmin(VerbDrivenAdmin):
    """Lessons of all projects, programmes and portfolios."""

    set_by_verbs = ("validated_by", "cleared_from")
    list_display = ("code", "title", "place", "kind", "category", "stage", "state")
    list_display_links = ("code", "title")
    list_filter = ("state", "kind", "event", "stage")
    list_select_related = ("project", "programme", "portfolio")
    search_fields = ("code", "title", "what_happened", "recommendation")

    @admin.display(description="Of")
    def place(self, lesson: Lesson) -> str:
        """Return the project, programme or portfolio in which the lesson was learned."""
        return str(lesson.project or lesson.programme or lesson.portfolio)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only drafts be changed."""
        draft = obj is None or obj.state == LessonState.DRAFT
        return super().has_change_permission(request, obj) and draft


@admin.register(LessonUse)
class LessonUseAdmin(ReadOnlyAdmin):
    """Answers to lessons: given on the pages of the records that the lessons fit."""

    list_display = ("lesson", "place", "answer", "person", "on", "action")
    list_filter = ("answer",)
    list_select_related = ("lesson", "risk", "issue", "gate", "project", "person", "action")
    search_fields = ("lesson__code", "lesson__title", "reason")

    @admin.display(description="At")
    def place(self, use: LessonUse) -> str:
        """Return the risk, the issue, the gate or the project at which the lesson was answered."""
        return str(use.place)
