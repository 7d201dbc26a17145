"""Judgements of delivery confidence over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from programmes import queries
from programmes.filters import DcaRecordFilter
from programmes.serializers.dca_records import DcaRecordSerializer


class DcaRecordViewSet(RecordViewSet):
    """Judgements of delivery confidence: they are declared, and never changed."""

    serializer_class = DcaRecordSerializer
    filterset_class = DcaRecordFilter
    search_fields = ("basis",)
    ordering_fields = ("id", "on", "updated_at")
    expandable = ("programme", "project", "by", "review")

    def finish(self, rows: list[Row]) -> None:
        """Add how each differs from the one before."""
        changes = queries.confidence_changes(rows)
        for row in rows:
            row["change"] = changes[row["id"]]
