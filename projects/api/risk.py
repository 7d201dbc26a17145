"""Risks over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from projects.filters import (
    RiskFilter,
)
from projects.serializers.risk import RiskSerializer


class RiskViewSet(RecordViewSet):
    """Risks."""

    serializer_class = RiskSerializer
    filterset_class = RiskFilter
    search_fields = ("code", "title", "cause", "event", "effect")
    ordering_fields = (
        "id", "code", "title", "category", "status", "proximity_on", "response_cost",
        "inherent_probability", "residual_probability", "residual_cost_most_likely",
        "residual_cost_max", "target_probability", "updated_at",
    )  # fmt: skip
    expandable = ("programme", "project", "owner", "escalated_to", "aggregated_into")
