"""Tolerances over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row, add_units
from programmes.filters import ToleranceFilter
from programmes.models import Tolerance
from programmes.serializers.tolerances import ToleranceSerializer


class ToleranceViewSet(RecordViewSet):
    """Tolerances."""

    serializer_class = ToleranceSerializer
    filterset_class = ToleranceFilter
    ordering_fields = ("id", "kind", "value", "updated_at")
    expandable = ("portfolio", "programme", "project", "by")

    def finish(self, rows: list[Row]) -> None:
        """Add the unit of the value: one query."""
        add_units(Tolerance, rows)
