"""Mandates of programmes, and states of their operating models, as REST reads and writes them."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition
from programmes.models import OperatingModelState, ProgrammeMandate
from programmes.models.operating_model import OTHER_TRANCHE
from programmes.services import approve_mandate, issue_mandate


class MandateSerializer(RecordSerializer):
    """What a programme is asked for. It is issued, and approved by somebody else: see
    `/approval/`."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = ProgrammeMandate
        fields = [
            *HEAD, "programme", "sponsor", "drivers", "vision", "scope", "constraints", "state",
            "issued_on", "issued_by", "approved_by", "decision", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("issued_by", "approved_by", "decision")
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "issue": VerbDefinition(issue_mandate),
            "approval": VerbDefinition(approve_mandate),
        }


class OperatingModelStateSerializer(RecordSerializer):
    """How the organisation works in one dimension, and how it will at the end of a tranche or of
    the programme."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = OperatingModelState
        fields = [
            *HEAD, "programme", "tranche", "dimension", "current", "future", "state", "reached_on",
            "evidence", *RECORD,
        ]  # fmt: skip
        derived = ("code",)

    @classmethod
    def begins(cls, row: OperatingModelState, user: Any) -> dict[str, Any]:
        """Return the programme of its tranche, once the tranche is known."""
        return {"programme": row.tranche.programme_id} if row.tranche else {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a tranche of another programme."""
        programme, tranche = (self.after(attrs, name) for name in ("programme", "tranche"))
        if programme and tranche and tranche.programme_id != programme.pk:
            raise serializers.ValidationError({"tranche": OTHER_TRANCHE})
        return attrs
