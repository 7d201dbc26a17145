"""Objectives and their measurements over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from programmes import queries
from programmes.filters import ObjectiveFilter, ObjectiveMeasurementFilter
from programmes.ratios import progress
from programmes.serializers.objectives import ObjectiveMeasurementSerializer, ObjectiveSerializer


class ObjectiveMeasurementViewSet(RecordViewSet):
    """Measurements of objectives."""

    serializer_class = ObjectiveMeasurementSerializer
    filterset_class = ObjectiveMeasurementFilter
    search_fields = ("source", "objective__code", "objective__title")
    ordering_fields = ("id", "on", "value", "updated_at")
    expandable = ("objective", "programme", "by", "verified_by")
    asks = {"verification": "verify", "rejection": "verify"}


class ObjectiveViewSet(RecordViewSet):
    """Strategic objectives."""

    serializer_class = ObjectiveSerializer
    filterset_class = ObjectiveFilter
    search_fields = ("code", "title", "description")
    ordering_fields = ("id", "code", "title", "target_on", "weight", "updated_at")
    expandable = ("portfolio", "owner")
    changing_figures = True  # measurements move its progress

    def finish(self, rows: list[Row]) -> None:
        """Add the progress of each, by its last verified measurement."""
        measured = queries.last_verified([row["id"] for row in rows])
        for row in rows:
            value, day = measured.get(row["id"], (None, None))
            figure = progress(value, row["baseline_value"], row["target_value"])
            row |= {
                "measured_value": value,
                "measured_on": day,
                "progress": figure.value and round(figure.value, 10),
                "progress_reason": figure.reason,
            }
