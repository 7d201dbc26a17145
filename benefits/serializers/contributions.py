"""The contributions of projects to benefits, and the links of the benefits map."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from benefits.models import (
    BenefitContribution,
    BenefitLevel,
    BenefitLink,
)
from benefits.models.links import SOURCES, TARGETS
from pmhub.serializers import (
    HEAD,
    RECORD,
    NoCode,
    RecordSerializer,
)


class ContributionSerializer(RecordSerializer):
    """How much of a benefit a project enables."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = BenefitContribution
        fields = [*HEAD, "benefit", "project", "weight", "rationale", *RECORD]
        derived = ("code",)


class BenefitLinkSerializer(RecordSerializer):
    """A link of the benefits map: one source leads to one target of the same programme."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = BenefitLink
        fields = [*HEAD, "programme", *SOURCES, *TARGETS, "rationale", *RECORD]
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an end of another programme, and an end benefit as the source."""
        programme = self.after(attrs, "programme")
        for name in (*SOURCES, *TARGETS):
            end = self.after(attrs, name)
            home = end.project if name == "from_output" and end else end
            if home and programme and home.programme_id != programme.pk:
                raise serializers.ValidationError({name: "This belongs to another programme."})
        source = self.after(attrs, "from_benefit")
        if source and source.level != BenefitLevel.INTERMEDIATE:
            text = "An end benefit leads to no other."
            raise serializers.ValidationError({"from_benefit": text})
        return attrs
