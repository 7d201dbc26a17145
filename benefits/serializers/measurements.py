"""What a measurement of a benefit looks like, and how it is verified or rejected."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar

from rest_framework import serializers

from benefits.models import (
    BenefitMeasurement,
)
from benefits.models.states import OWNER
from benefits.queries import first_unmeasured
from benefits.serializers.profiles import PARENT_CURRENCY
from benefits.services import (
    confirm_measurement,
    plan_next_measurement,
    reject_measurement,
    verify_measurement,
)
from pmhub.serializers import (
    HEAD,
    RECORD,
    Currency,
    InputSerializer,
    NoCode,
    RecordSerializer,
)
from pmhub.serializers.verbs import Reasoned, VerbDefinition, reason_field
from pmhub.services import person_of


class MeasurementSerializer(RecordSerializer):
    """A measurement of a benefit. It counts once somebody else has verified it: see
    `/verification/`."""

    code = NoCode()
    unit = serializers.CharField(read_only=True)
    currency = Currency(allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = BenefitMeasurement
        fields = [
            *HEAD, "benefit", "period_start", "period_end", "unit", "currency", "value",
            "exchange_rate", "measured_on", "source", "evidence_grade", "status", "submitted_by",
            "confirmed_by", "verified_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("submitted_by", "confirmed_by", "verified_by")
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "confirmation": VerbDefinition(
                confirm_measurement,
                does="Confirm it",
                done="confirmed",
                by=OWNER,
                says="The owner stands by what the reporter has submitted.",
                when=attrgetter("waits_for_owner"),
            ),
            "verification": VerbDefinition(verify_measurement),
            "rejection": VerbDefinition(reject_measurement),
        }
        expressions: ClassVar[dict[str, Any]] = {
            "unit": "benefit__unit",
            "currency": PARENT_CURRENCY,
        }
        derived = ("code",)

    @classmethod
    def begins(cls, row: BenefitMeasurement, user: Any) -> dict[str, Any]:
        """Return the first period of the benefit that is over and not measured, for a form that
        names no other."""
        if row.benefit_id is None or row.period_start or row.period_end:
            return {}
        period = first_unmeasured(row.benefit)
        return dict(zip(("period_start", "period_end"), period, strict=True)) if period else {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a measurement that contradicts itself or its benefit."""
        self.proposed(attrs).clean()
        return attrs

    def store(self, row: BenefitMeasurement, changed: list[str] | None) -> BenefitMeasurement:
        """Store the measurement. A user who changes what it says becomes its submitter, who may not
        verify it."""
        if changed is None or changed:
            row.submitted_by, row.confirmed_by = person_of(self.user), None
            changed = None if changed is None else [*changed, "submitted_by", "confirmed_by"]
        stored: BenefitMeasurement = super().store(row, changed)
        if changed is None:
            plan_next_measurement(stored, by=self.user)
        return stored


class JudgementSerializer(Reasoned):
    """A verifier's judgement of a measurement, and why."""

    outcome = serializers.ChoiceField(["verified", "rejected"], default="verified")
    supersedes = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        default=list,
        help_text="Verified measurements of other periods that it overlaps and takes the place of",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a rejection without a reason."""
        if attrs["outcome"] == "rejected" and not attrs.get("reason"):
            raise serializers.ValidationError({"reason": "Say why it is rejected."})
        return attrs


class RejectionSerializer(InputSerializer):
    """Why a measurement is rejected."""

    reason = reason_field(needed=True)
