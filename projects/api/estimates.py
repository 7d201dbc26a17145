"""Estimates over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.paging import page_of
from pmhub.api.records import RecordViewSet
from projects.filters import EstimateFilter
from projects.queries.estimates import accuracies
from projects.serializers.estimates import AccuracySerializer, EstimateSerializer


class EstimateViewSet(RecordViewSet):
    """Estimates."""

    serializer_class = EstimateSerializer
    filterset_class = EstimateFilter
    search_fields = ("basis",)
    ordering_fields = (
        "id", "made_on", "quantity", "low", "likely", "high", "accuracy_class", "method",
        "updated_at",
    )  # fmt: skip
    expandable = ("project", "budget_line", "milestone", "work_package", "estimator", "discipline")
    # `current` and `came_to` follow from other records.
    changing_figures = True

    @extend_schema(responses=AccuracySerializer(many=True))
    @action(detail=False, url_path="accuracy")
    def accuracy(self, request: Request) -> Any:
        """How good the estimates were that you may see and whose subject is finished: in all, by
        estimator, by class and by method. A group of fewer than 8 estimates has no figures. The
        filters of the list apply."""
        rows = self.filter_queryset(self.get_queryset())
        return page_of(request, list(AccuracySerializer(accuracies(rows), many=True).data))
