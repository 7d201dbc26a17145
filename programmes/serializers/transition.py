"""Groups that have to work in another way for an outcome, and their assessments."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, RecordSerializer
from programmes.models import AdoptionAssessment, ImpactedGroup
from programmes.models.transition import last_assessed
from programmes.queries.organisation_units import own_units
from programmes.serializers.authored import AuthoredSerializer


class ImpactedGroupSerializer(RecordSerializer):
    """People who have to work in another way for an outcome. `readiness` and `adoption_pct` are
    those of the last assessment."""

    readiness = serializers.IntegerField(read_only=True, allow_null=True)
    adoption_pct = serializers.IntegerField(read_only=True, allow_null=True)
    assessed_on = serializers.DateField(read_only=True, allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = ImpactedGroup
        fields = [
            *HEAD, "outcome", "name", "unit", "organisation_unit", "size", "change",
            "adoption_target_pct", "adopt_by", "owner", "readiness", "adoption_pct",
            "assessed_on", "state", "accepted_on", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"organisation_unit": {"among": own_units}}
        expressions: ClassVar[dict[str, Any]] = {
            "readiness": last_assessed("readiness"),
            "adoption_pct": last_assessed("adoption_pct"),
            "assessed_on": last_assessed("on"),
        }


class AdoptionAssessmentSerializer(AuthoredSerializer):
    """How ready a group is on a day, and how many work in the new way. It is never changed: another
    follows."""

    class Meta(AuthoredSerializer.Meta):
        model = AdoptionAssessment
        fields = [
            *HEAD, "impacted_group", "on", "readiness", "adoption_pct", "evidence", "by", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"on": {"required": False}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set the day to the status date where none is given."""
        self.default_day(attrs, "on")
        return attrs
