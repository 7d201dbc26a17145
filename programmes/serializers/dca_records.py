"""Judgements of delivery confidence, as REST reads and writes them."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD
from programmes.models import DcaRecord
from programmes.models.confidence import Change
from programmes.serializers.authored import AuthoredSerializer


class DcaRecordSerializer(AuthoredSerializer):
    """A judgement of how sure delivery is. It is never changed: another follows. `change` is how it
    differs from the one before of its kind."""

    change = serializers.ChoiceField(choices=Change.choices, read_only=True)

    class Meta(AuthoredSerializer.Meta):
        model = DcaRecord
        fields = [
            *HEAD, "programme", "project", "kind", "scale", "value", "on", "basis", "change", "by",
            "review", *RECORD,
        ]  # fmt: skip
        derived = ("code", "change")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "on": {"required": False},
            "basis": {"required": True, "allow_blank": False},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse the review of another programme or project; without a day, set the status date."""
        self.default_day(attrs, "on")
        review = self.after(attrs, "review")
        if review is not None:
            mine = (self.after(attrs, "programme"), self.after(attrs, "project"))
            if mine != (review.programme, review.project):
                text = DcaRecord.refuses["of_its_review"][1]
                raise serializers.ValidationError({"review": text})
        return attrs
