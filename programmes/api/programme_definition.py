"""What programmes are asked for and are to become, over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from programmes.filters import MandateFilter, OperatingModelStateFilter
from programmes.serializers.programme_definition import (
    MandateSerializer,
    OperatingModelStateSerializer,
)


class MandateViewSet(RecordViewSet):
    """Mandates."""

    serializer_class = MandateSerializer
    filterset_class = MandateFilter
    search_fields = ("drivers", "vision", "scope")
    ordering_fields = ("id", "state", "issued_on", "updated_at")
    expandable = ("programme", "sponsor")


class OperatingModelStateViewSet(RecordViewSet):
    """How programmes are to operate."""

    serializer_class = OperatingModelStateSerializer
    filterset_class = OperatingModelStateFilter
    search_fields = ("current", "future")
    ordering_fields = ("id", "dimension", "state", "reached_on", "updated_at")
    expandable = ("programme", "tranche")
