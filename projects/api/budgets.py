"""Budget requests and transfers over REST."""

from __future__ import annotations

from decimal import Decimal

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from projects.filters import BudgetRequestFilter, BudgetTransferFilter
from projects.queries import levels_of_requests
from projects.serializers.budgets import BudgetRequestSerializer, BudgetTransferSerializer


class BudgetRequestViewSet(RecordViewSet):
    """Budget requests."""

    serializer_class = BudgetRequestSerializer
    filterset_class = BudgetRequestFilter
    search_fields = ("code", "title", "reason")
    ordering_fields = (
        "id", "code", "title", "fiscal_year", "amount", "state", "decided_on", "updated_at",
    )  # fmt: skip
    expandable = ("project", "programme", "decided_by", "decision", "budget_line", "programme_line")
    changing_figures = True  # `level` follows from the limits

    def finish(self, rows: list[Row]) -> None:
        """Add the level that decides about each request, by the delegated limits."""
        levels = levels_of_requests({row["id"]: Decimal(row["amount"]) for row in rows})
        for row in rows:
            row["level"] = levels[row["id"]]


class BudgetTransferViewSet(RecordViewSet):
    """Budget transfers."""

    serializer_class = BudgetTransferSerializer
    filterset_class = BudgetTransferFilter
    search_fields = ("reason",)
    ordering_fields = ("id", "amount", "state", "on", "updated_at")
    expandable = ("from_line", "to_line", "decided_by")
