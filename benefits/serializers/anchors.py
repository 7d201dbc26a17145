"""Anchors of benefits: the milestone or output that a forecast depends on, and the answers when its
day moves."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from benefits.models import BenefitAnchor
from benefits.services import accept_move, anchor_benefit, refuse_move
from benefits.services.anchors import offset_of
from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer, WholeNumber
from pmhub.serializers.verbs import VerbDefinition

UNKNOWN = "Say how many days: one of the two has none yet."


class BenefitAnchorSerializer(RecordSerializer):
    """A benefit whose forecast depends on the day of a milestone or of an output. When that day
    moves, the owner of the benefit is asked: `/acceptance/` writes a new forecast, `/refusal/`
    leaves the present one. The milestone or output of an anchor is never changed."""

    code = NoCode()
    offset_days = WholeNumber(
        required=False,
        allow_null=True,
        help_text="Days from that day to the first of what is still forecast, below 0 before it;"
        " left out, as the two are forecast now",
    )

    class Meta(RecordSerializer.Meta):
        model = BenefitAnchor
        fields = [
            *HEAD, "benefit", "milestone", "output", "offset_days", "anchored_on", "state",
            "begins_on", "answered_on", "reason", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("anchored_on", "begins_on", "answered_on", "reason")
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "acceptance": VerbDefinition(accept_move),
            "refusal": VerbDefinition(refuse_move),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set `offset_days`, where it is left out, to the days between the two present
        forecasts."""
        on = attrs.get("milestone") or attrs.get("output")
        if self.instance is None and attrs.get("offset_days") is None and on:
            attrs["offset_days"] = offset_of(attrs["benefit"], on)
            if attrs["offset_days"] is None:
                raise serializers.ValidationError({"offset_days": UNKNOWN})
        return attrs

    def store(self, row: BenefitAnchor, changed: list[str] | None) -> BenefitAnchor:
        """Store a new anchor, or the changed fields of one."""
        if changed is not None:
            return super().store(row, changed)
        return anchor_benefit(
            row.benefit,
            milestone=row.milestone,
            output=row.output,
            offset_days=row.offset_days,
            by=self.user,
        )
