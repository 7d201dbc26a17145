"""Overlaps of benefits, and what is asked of a user who resolves one."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from benefits.models import OverlapCase, OverlapResolution
from benefits.services import resolve_overlap
from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    Currency,
    InputSerializer,
    NoCode,
    RecordSerializer,
)
from pmhub.serializers.fields import Amount
from pmhub.serializers.verbs import VerbDefinition, reason_field


class OverlapResolutionSerializer(InputSerializer):
    """What is done about two benefits that may claim the same gain, and why. Where both claim a
    part of it, `overlap_amount` is that part."""

    resolution = Choice(choices=OverlapResolution.choices)
    overlap_amount = Amount(min_value=0, required=False, allow_null=True)
    reason = reason_field(needed=True)


class OverlapSerializer(RecordSerializer):
    """Two benefits of a programme that may claim the same gain; `cause` says what they have in
    common. The product opens an overlap, and `/resolution/` settles it."""

    code = NoCode()
    currency = Currency()

    resolution = serializers.ChoiceField(
        choices=OverlapResolution.choices, allow_blank=True, read_only=True
    )

    class Meta(RecordSerializer.Meta):
        model = OverlapCase
        fields = [
            *HEAD, "programme", "first", "second", "cause", "found_on", "state", "resolution",
            "overlap_amount", "currency", "reason", "resolved_on", "resolved_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = tuple(fields)
        expressions: ClassVar[dict[str, Any]] = {"currency": "programme__portfolio__currency"}
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "resolution": VerbDefinition(resolve_overlap, form=OverlapResolutionSerializer)
        }
