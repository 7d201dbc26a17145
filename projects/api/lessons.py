"""Lessons over REST, the answers to them, and those that fit a place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.filtering import accepted_parameters, check_parameters
from pmhub.api.records import RecordViewSet
from pmhub.api.revalidation import revalidated
from pmhub.page_addresses import address_of
from programmes.models import Portfolio, Programme
from projects.filters import LessonFilter, LessonUseFilter
from projects.models import Lesson
from projects.queries.lessons import (
    Place,
    answers_at,
    fitting_lessons,
    fitting_standards,
    place_of,
)
from projects.relevance import Fit, RelevanceQuery
from projects.serializers.lessons import LessonSerializer, LessonUseSerializer
from projects.serializers.relevance import RelevantAnswer, RelevantSerializer, fit_in_words


class LessonViewSet(RecordViewSet):
    """Lessons."""

    serializer_class = LessonSerializer
    filterset_class = LessonFilter
    search_fields = ("code", "title", "what_happened", "recommendation")
    ordering_fields = ("id", "code", "title", "kind", "state", "updated_at")
    expandable = ("project", "programme", "portfolio", "discipline", "asset")

    @extend_schema(parameters=[RelevantSerializer], responses=RelevantAnswer, filters=False)
    @action(detail=False, filterset_class=None, pagination_class=None)
    @revalidated
    def relevant(self, request: Request) -> Any:
        """The lessons and standards that fit a record or a text best, with the reasons why they
        fit."""
        check_parameters(request, RelevantSerializer().fields)
        serializer = RelevantSerializer(
            data=request.query_params.dict(), context={"request": request}
        )
        place = _place(accepted_parameters(serializer))
        answers = {}
        if place.record is not None:
            answers = {use.lesson_id: use.answer for use in answers_at(place.record)}
        base = request.build_absolute_uri("/").rstrip("/")
        fitting = [
            (name, row, fit)
            for name, rows in (
                ("lessons", fitting_lessons(place, request.user)),
                ("process-assets", fitting_standards(place, request.user)),
            )
            for row, fit in rows
        ]
        results = [_as_row(name, row, fit, base, answers) for name, row, fit in fitting]
        return RelevantAnswer({"results": results}).data


class LessonUseViewSet(RecordViewSet):
    """Answers to lessons, given where the lessons fit: they are read and added, never changed."""

    serializer_class = LessonUseSerializer
    filterset_class = LessonUseFilter
    http_method_names = ["get", "head", "post"]
    search_fields = ("reason",)
    ordering_fields = ("id", "on", "answer", "updated_at")
    expandable = ("lesson", "risk", "issue", "gate", "project", "action")


def _place(given: dict[str, Any]) -> Place:
    """Return the place for which lessons are asked for; a text, a stage or a category in the
    request replaces that of the record."""
    record = next(given[name] for name in RelevantSerializer.ONE if name in given)
    if isinstance(record, Portfolio | Programme):
        whole = record if isinstance(record, Portfolio) else record.portfolio
        place = Place(RelevanceQuery(), whole)
    else:
        place = place_of(record)
    values = {name: given[name] for name in ("text", "stage", "category") if name in given}
    return replace(place, asked=replace(place.asked, **values))


def _as_row(name: str, row: Any, fit: Fit, base: str, answers: dict[int, str]) -> dict[str, Any]:
    is_lesson = isinstance(row, Lesson)
    return {
        "type": name,
        "id": row.pk,
        "code": row.code,
        "title": row.title,
        "says": row.recommendation if is_lesson else row.about,
        "url": f"{base}/api/v1/{name}/{row.pk}/",
        "html_url": f"{base}{address_of('record', name, row.pk)}",
        "score": fit.score,
        "parts": fit.parts,
        "why": fit_in_words(fit),
        "mandatory": None if is_lesson else row.mandatory,
        "answer": answers.get(row.pk) if is_lesson else None,
    }
