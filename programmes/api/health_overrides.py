"""Overrides of health over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from programmes import queries
from programmes.filters import HealthOverrideFilter
from programmes.serializers.health_overrides import HealthOverrideSerializer


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
        """Add whether each counts on the status date."""
        counting = queries.counting_overrides([row["id"] for row in rows])
        for row in rows:
            row["counts"] = row["id"] in counting
