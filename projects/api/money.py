"""Money of projects."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from projects.filters import (
    BudgetLineFilter,
    CommitmentFilter,
    ContingencyMovementFilter,
    CostActualFilter,
)
from projects.serializers.money import (
    BudgetLineSerializer,
    CommitmentSerializer,
    ContingencyMovementSerializer,
    CostActualSerializer,
)


class BudgetLineViewSet(RecordViewSet):
    """Budget lines."""

    serializer_class = BudgetLineSerializer
    filterset_class = BudgetLineFilter
    search_fields = ("code",)
    ordering_fields = ("id", "code", "fiscal_year", "approved", "forecast", "updated_at")
    expandable = ("project",)


class CostActualViewSet(RecordViewSet):
    """Actual costs."""

    serializer_class = CostActualSerializer
    filterset_class = CostActualFilter
    search_fields = ("description", "source_ref")
    ordering_fields = ("id", "posted_on", "amount", "updated_at")
    expandable = ("project", "programme_line", "budget_line")


class CommitmentViewSet(RecordViewSet):
    """Commitments."""

    serializer_class = CommitmentSerializer
    filterset_class = CommitmentFilter
    search_fields = ("reference", "supplier")
    ordering_fields = ("id", "placed_on", "amount", "invoiced", "updated_at")
    expandable = ("budget_line",)


class ContingencyMovementViewSet(RecordViewSet):
    """Movements of contingency."""

    serializer_class = ContingencyMovementSerializer
    filterset_class = ContingencyMovementFilter
    search_fields = ("reference", "reason")
    ordering_fields = ("id", "moved_on", "amount", "updated_at")
    expandable = ("programme", "project")
