"""Measurements of objectives, delivery confidence and overrides of health over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from programmes import queries
from programmes.filters import (
    DcaRecordFilter,
    HealthOverrideFilter,
    ObjectiveMeasurementFilter,
)
from programmes.serializers.governance import (
    DcaRecordSerializer,
    HealthOverrideSerializer,
    ObjectiveMeasurementSerializer,
)


class ObjectiveMeasurementViewSet(RecordViewSet):
    """Measurements of objectives."""

    serializer_class = ObjectiveMeasurementSerializer
    filterset_class = ObjectiveMeasurementFilter
    search_fields = ("source", "objective__code", "objective__title")
    ordering_fields = ("id", "on", "value", "updated_at")
    expandable = ("objective", "programme", "by", "verified_by")
    asks = {"verification": "verify", "rejection": "verify"}


class DcaRecordViewSet(RecordViewSet):
    """Judgements of delivery confidence: they are declared, and never changed."""

    serializer_class = DcaRecordSerializer
    filterset_class = DcaRecordFilter
    search_fields = ("basis",)
    ordering_fields = ("id", "on", "updated_at")
    expandable = ("programme", "project", "by", "review")

    def finish(self, rows: list[Row]) -> None:
        """How each differs from the one before."""
        changes = queries.confidence_changes(rows)
        for row in rows:
            row["change"] = changes[row["id"]]


class HealthOverrideViewSet(RecordViewSet):
    """Overrides of health."""

    serializer_class = HealthOverrideSerializer
    filterset_class = HealthOverrideFilter
    search_fields = ("reason",)
    ordering_fields = ("id", "starts_on", "expires_on", "updated_at")
    expandable = ("programme", "project", "by", "approved_by")
    asks = {"approval": "steer"}
    changing_figures = True  # the status date may be today

    def finish(self, rows: list[Row]) -> None:
        """Whether each counts on the status date."""
        counting = queries.counting_overrides([row["id"] for row in rows])
        for row in rows:
            row["counts"] = row["id"] in counting
