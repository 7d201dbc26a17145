"""Filters of lessons and of what was answered to them."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from projects.filters.base import PlaceFilter
from projects.models import Lesson, LessonUse


class LessonFilter(PlaceFilter):
    """Filters of lessons."""

    class Meta:
        model = Lesson
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "portfolio": ["exact"],
            "kind": ["exact"],
            "event": ["exact"],
            "state": ["exact"],
            "category": ["exact"],
            "stage": ["exact"],
            "discipline": ["exact"],
            "asset": ["exact"],
        }


class LessonUseFilter(RecordFilter):
    """Filters of what was answered to lessons."""

    class Meta:
        model = LessonUse
        fields: ClassVar[Any] = {
            "lesson": ["exact"],
            "risk": ["exact"],
            "issue": ["exact"],
            "gate": ["exact"],
            "project": ["exact"],
            "answer": ["exact"],
            "on": RANGE,
        }
