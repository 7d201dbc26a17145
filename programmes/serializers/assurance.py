"""Assurance reviews and their recommendations, as REST reads and writes them."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.db.models import Max

from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition
from programmes.models import AssuranceRecommendation, AssuranceReview
from projects.serializers.actions import about_actions
from projects.services import end


class AssuranceReviewSerializer(RecordSerializer):
    """An independent look at a programme or a project."""

    class Meta(RecordSerializer.Meta):
        model = AssuranceReview
        fields = [
            *HEAD, "programme", "project", "kind", "title", "planned_on", "held_on", "dca",
            "state", *RECORD,
        ]  # fmt: skip


class AssuranceRecommendationSerializer(RecordSerializer):
    """What a review asks for."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = AssuranceRecommendation
        fields = [
            *HEAD, "review", "number", "text", "priority", "due_on", "owner", "state",
            "closed_on", *RECORD,
        ]  # fmt: skip
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            noun: VerbDefinition(partial(end, noun=noun), more={"actions": about_actions()})
            for noun in ("completion", "rejection")
        }

    @classmethod
    def begins(cls, row: AssuranceRecommendation, user: Any) -> dict[str, Any]:
        """Return the next number of its review, once the review is known."""
        if row.review_id is None:
            return {}
        highest = row.review.recommendations.aggregate(last=Max("number"))["last"]
        return {"number": (highest or 0) + 1}
