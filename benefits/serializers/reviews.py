"""Reviews of benefits, which ask their owners when a project ends short, and the answers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import F
from rest_framework import serializers

from benefits.models import (
    BenefitReview,
    ReviewDecision,
    ReviewState,
)
from benefits.services import (
    answer_review,
)
from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    InputSerializer,
    NoCode,
    RecordSerializer,
    Text,
)
from pmhub.serializers.verbs import VerbDefinition

LONGEST_FINDINGS = 2000  # characters


class AnswerSerializer(InputSerializer):
    """What becomes of the benefit; `findings` say why, and are required where it is withdrawn."""

    decision = Choice(choices=ReviewDecision.choices)
    findings = Text(max_length=LONGEST_FINDINGS, required=False, allow_blank=True, default="")


class ReviewSerializer(RecordSerializer):
    """The question to the owner of a benefit after a project that contributes to it was terminated,
    or closed without all of its outputs."""

    code = NoCode()
    project = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = BenefitReview
        fields = [
            *HEAD, "benefit", "contribution", "project", "cause", "state", "asked_on", "due_on",
            "reviewer", "findings", "decision", "decided_on", "decided_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = tuple(fields)
        expressions: ClassVar[dict[str, Any]] = {"project": F("contribution__project_id")}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "answer": VerbDefinition(
                answer_review,
                form=AnswerSerializer,
                does="Answer it",
                done="answered",
                says="Confirm the benefit, re-forecast it (enter the forecast first) or withdraw"
                " it.",
                when=lambda review: review.state == ReviewState.OPEN,
            ),
        }
        derived = ("code",)
