"""Assurance reviews and their recommendations over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from programmes.filters import AssuranceRecommendationFilter, AssuranceReviewFilter
from programmes.serializers.assurance import (
    AssuranceRecommendationSerializer,
    AssuranceReviewSerializer,
)


class AssuranceReviewViewSet(RecordViewSet):
    """Assurance reviews."""

    serializer_class = AssuranceReviewSerializer
    filterset_class = AssuranceReviewFilter
    search_fields = ("code", "title")
    ordering_fields = ("id", "code", "planned_on", "held_on", "updated_at")
    expandable = ("programme", "project")


class AssuranceRecommendationViewSet(RecordViewSet):
    """Recommendations of assurance reviews."""

    serializer_class = AssuranceRecommendationSerializer
    filterset_class = AssuranceRecommendationFilter
    search_fields = ("text",)
    ordering_fields = ("id", "number", "due_on", "closed_on", "updated_at")
    expandable = ("review", "owner")
