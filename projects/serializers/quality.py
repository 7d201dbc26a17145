"""Checks of outputs."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from pmhub.serializers import HEAD, RECORD, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition
from projects.models import QualityRecord
from projects.services.quality import next_quality_code, record_quality, waive_quality


class QualityRecordSerializer(RecordSerializer):
    """A check of an output before it is accepted. An output is accepted once all its checks have
    passed (`/passing/`) or are waived by name (`/waiver/`)."""

    class Meta(RecordSerializer.Meta):
        model = QualityRecord
        fields = [
            *HEAD, "output", "title", "result", "defects", "checked_by", "checked_on",
            "waiver_reason", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("checked_by",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "passing": VerbDefinition(partial(record_quality, noun="passing")),
            "failure": VerbDefinition(partial(record_quality, noun="failure")),
            "waiver": VerbDefinition(waive_quality),
        }

    @classmethod
    def begins(cls, row: QualityRecord, user: Any) -> dict[str, Any]:
        """Return the next free code for a record of this kind."""
        return {"code": next_quality_code(row)} if row.output_id else {}
