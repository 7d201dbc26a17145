"""Lessons, and the answers to them at the places where they fit."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from rest_framework import serializers

from pmhub.access.setters import Setter
from pmhub.serializers import HEAD, RECORD, Day, InputSerializer, NoCode, RecordSerializer, Text
from pmhub.serializers.fields import LONGEST_TEXT
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.serializers.competence import own_disciplines
from projects.models import TO_SHOW, Lesson, LessonUse, UseAnswer
from projects.models.lesson import SHOWN_AT
from projects.services.lessons import (
    answer_lesson,
    clear_lesson,
    judge_lesson,
    next_lesson_code,
    validate_lesson,
)

CLEARER = Setter("whoever writes lessons of the portfolio", ends=("owner_portfolio",))
NO_ACTION = "Only of an adopted lesson somebody does something."
ELSEWHERE = "Choose a lesson of the same portfolio."
RECURRED = Q(lesson__kind="avoid", answer__in=["adopted", "covered"]) & (
    Q(risk__status="materialised") | Q(issue__isnull=False)
)


class ClearanceSerializer(InputSerializer):
    """The lesson in words that do not reveal where it was learned."""

    title = Text(max_length=200)
    what_happened = Text(max_length=LONGEST_TEXT, label="What happened")
    cause = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    recommendation = Text(max_length=LONGEST_TEXT)
    reason = reason_field()


class LessonSerializer(RecordSerializer):
    """What was learned, and what follows from it. A validated lesson is shown where it fits: see
    `/lessons/relevant/`."""

    class Meta(RecordSerializer.Meta):
        model = Lesson
        fields = [
            *HEAD, "project", "programme", "portfolio", "title", "what_happened", "cause",
            "recommendation", "kind", "event", "category", "stage", "discipline",
            "delivery_approach", "asset", "state", "validated_by", "cleared_from", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("validated_by", "cleared_from")
        extra_kwargs: ClassVar[dict[str, Any]] = {"discipline": {"among": own_disciplines}}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "validation": VerbDefinition(validate_lesson),
            **{
                noun: VerbDefinition(partial(judge_lesson, noun=noun))
                for noun in ("return", "rejection", "archival")
            },
            "clearance": VerbDefinition(
                clear_lesson,
                ClearanceSerializer,
                does="Write a version cleared of its source",
                done="cleared of its source",
                says="It is the whole portfolio's, and shown to those who may not see where it was"
                " learned, once somebody else has validated it: name no project, no person and no"
                " supplier.",
                by=CLEARER,
                states=TO_SHOW,
                when=lambda lesson: lesson.portfolio_id is None,
            ),
        }

    @classmethod
    def begins(cls, row: Lesson, user: Any) -> dict[str, Any]:
        """Return the next free code for a record of this kind."""
        placed = row.project_id or row.programme_id or row.portfolio_id
        return {"code": next_lesson_code(row)} if placed else {}


def fitting(rows: QuerySet[Lesson], use: LessonUse, user: Any) -> QuerySet[Lesson]:
    """Return, of these lessons, those that may be shown where they fit."""
    return rows.filter(state__in=TO_SHOW)


class LessonUseSerializer(RecordSerializer):
    """The answer to a lesson at a risk, an issue, a gate or a project. Adopting the lesson adds an
    action there, to be done by `due_on`. An answer is never changed."""

    code = NoCode()
    place = serializers.CharField(
        read_only=True, help_text="The code of the record at which it was answered"
    )
    recurred = serializers.BooleanField(
        read_only=True, help_text="Whether what it warns of happened here all the same"
    )
    due_on = Day(
        required=False,
        allow_null=True,
        help_text="Of an adopted one: by when it is done",
    )

    class Meta(RecordSerializer.Meta):
        model = LessonUse
        fields = [
            *HEAD, "lesson", *SHOWN_AT, "place", "answer", "reason", "due_on", "person",
            "on", "action", "recurred", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("person", "on", "action")
        extra_kwargs: ClassVar[dict[str, Any]] = {"lesson": {"among": fitting}}
        expressions: ClassVar[dict[str, Any]] = {
            "place": Coalesce(*(f"{name}__code" for name in SHOWN_AT), output_field=CharField()),
            "due_on": F("action__due_on"),
            "recurred": Case(When(RECURRED, then=Value(True)), default=Value(False)),
        }
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a lesson of another portfolio, and a day unless the lesson is adopted."""
        place = self.proposed(attrs).place
        lesson = self.after(attrs, "lesson")
        if place and lesson and _portfolio(place) != lesson.owner_portfolio:
            raise serializers.ValidationError({"lesson": ELSEWHERE})
        if attrs.get("answer") != UseAnswer.ADOPTED and attrs.get("due_on"):
            raise serializers.ValidationError({"due_on": NO_ACTION})
        return attrs

    def _split(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Set `due_on` aside for the action, since it is no field of the answer."""
        self._due_on = values.pop("due_on", None)
        return super()._split(values)

    def store(self, row: LessonUse, changed: list[str] | None) -> LessonUse:
        """Store the answer, with the action that an adopted lesson leads to."""
        return answer_lesson(row, due_on=self._due_on, by=self.user)


def _portfolio(place: Any) -> Any:
    """Return the portfolio of a risk, an issue, a gate or a project."""
    home = getattr(place, "project", None) or getattr(place, "programme_above", None)
    home = home or getattr(place, "programme", None) or place
    return getattr(home, "owner_portfolio", None) or home.portfolio
