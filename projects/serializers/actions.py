"""Actions, and the field in which verbs ask about open ones."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Cast, Coalesce, Concat
from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, Choice, NoCode, RecordSerializer
from pmhub.serializers.fields import LINES, LONGEST_TEXT, Text
from projects.models import SOURCES, Action
from projects.queries import is_overdue
from projects.services.actions import RemainingActions


def about_actions(choices: Any = RemainingActions.choices) -> Choice:
    """Return the field of a verb that says what becomes of the actions that are still open."""
    return Choice(
        choices=choices,
        required=False,
        allow_blank=True,
        label="Open actions",
        help_text="What becomes of the actions that are still to be done",
    )


def about_lessons() -> Text:
    """Return the field of a closure that says what was learned. It is not required here, since the
    closure itself refuses an empty text."""
    return Text(
        max_length=LONGEST_TEXT,
        required=False,
        allow_blank=True,
        style=LINES,
        help_text="What was learned, if only that nothing was: its end report begins with it",
    )


# The text that names a source without a code.
SAID = {"decision": "decision__title", "meeting": "meeting__board__name"}
CODED = [name for name in SOURCES if name != "recommendation"]
NUMBER = Concat(
    "recommendation__review__code",
    Value("/"),
    Cast("recommendation__number", CharField()),
    output_field=CharField(),
)


class ActionSerializer(RecordSerializer):
    """What somebody does by a day about a risk, an issue, an assumption, a recommendation, a
    decision, a meeting, a transition or a scope."""

    code = NoCode()
    source = serializers.ChoiceField(  # type: ignore[assignment]  # fields have a source too
        SOURCES, read_only=True, help_text="Which of its sources is given"
    )
    source_code = serializers.CharField(read_only=True)
    overdue = serializers.BooleanField(
        read_only=True, help_text="Whether it should have been done before the status date"
    )

    class Meta(RecordSerializer.Meta):
        model = Action
        fields = [
            *HEAD, "source", "source_code", *SOURCES, "title", "owner", "due_on", "overdue",
            "effect", "state", "done_on", "evidence", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "source": Case(
                *(When(**{f"{name}__isnull": False, "then": Value(name)}) for name in SOURCES)
            ),
            "source_code": Case(
                When(recommendation__isnull=False, then=NUMBER),
                default=Coalesce(*(F(SAID.get(name, f"{name}__code")) for name in CODED)),
            ),
            "overdue": is_overdue(),
        }
        derived = ("code",)
