"""Decisions, and what is asked of who makes one."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.models import Person
from pmhub.serializers import HEAD, RECORD, Asked, Day, NoCode, RecordSerializer, Related, Text
from pmhub.serializers.fields import LONGEST_TEXT
from pmhub.serializers.verbs import Does, why
from programmes.models import Board, Decision
from programmes.services import make_decision


def said(**options: Any) -> Text:
    """A text that may be left out."""
    return Text(max_length=LONGEST_TEXT, required=False, allow_blank=True, **options)


class MakingSerializer(Asked):
    """What was decided, and why. Without a board it is whoever says so who decided; without a day,
    on the status date."""

    outcome = Text(max_length=LONGEST_TEXT, help_text="What was decided")
    rationale = said()
    consequences = said()
    decided_on = Day(required=False)
    review_on = Day(required=False, allow_null=True, help_text="When to look at it again")
    board = Related(queryset=Board.objects.all(), required=False, allow_null=True)
    present = Related(
        queryset=Person.objects.all(), many=True, required=False, help_text="Of the board"
    )
    reason = why()


class DecisionRecordSerializer(RecordSerializer):
    """A question with its options, and once it is made what was decided: see `/making/`. What was
    made is never changed; a decision that `supersedes` it takes its place once it is made."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = Decision
        fields = [
            *HEAD, "portfolio", "programme", "project", "cause", "title", "question", "options",
            "state", "outcome", "rationale", "consequences", "decided_on", "decided_by", "board",
            "present", "review_on", "supersedes", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "outcome", "rationale", "consequences", "decided_on", "decided_by", "board", "present",
        )  # fmt: skip
        derived = ("code",)
        verbs: ClassVar[dict[str, Does]] = {"making": Does(make_decision, form=MakingSerializer)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse to supersede a decision about something else."""
        old = self.after(attrs, "supersedes")
        if old is not None and old.place != self.proposed(attrs).place:
            text = "That decision is about something else."
            raise serializers.ValidationError({"supersedes": text})
        return attrs
