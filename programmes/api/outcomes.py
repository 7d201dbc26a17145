"""Outcomes over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from programmes.filters import OutcomeFilter
from programmes.serializers.outcomes import OutcomeSerializer


class OutcomeViewSet(RecordViewSet):
    """Outcomes."""

    serializer_class = OutcomeSerializer
    filterset_class = OutcomeFilter
    search_fields = ("code", "title", "current_state", "future_state")
    ordering_fields = (
        "id", "code", "title", "capability_ready_on", "transition_start", "embedded_on",
        "updated_at",
    )  # fmt: skip
    expandable = ("programme", "bcm")
