"""Filters of budget lines, costs, commitments and contingency."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter, VisibleFilter, visible
from programmes.models import Programme
from projects.filters.base import ProjectRecordFilter
from projects.models import (
    BudgetLine,
    Commitment,
    ContingencyMovement,
    CostActual,
    Project,
)


class BudgetLineFilter(ProjectRecordFilter):
    """Filters of budget lines."""

    class Meta:
        model = BudgetLine
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "category": ["exact"],
            "treatment": ["exact"],
            "fiscal_year": RANGE,
            "approved": RANGE,
            "forecast": RANGE,
            "foreign_currency": ["exact"],
        }


class CostActualFilter(ProjectRecordFilter):
    """Filters of actual costs."""

    class Meta:
        model = CostActual
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "programme_line": ["exact"],
            "budget_line": ["exact", "isnull"],
            "kind": ["exact"],
            "posted_on": RANGE,
            "amount": [*RANGE, "isnull"],
            "foreign_currency": ["exact"],
            "foreign_amount": RANGE,
            "source": ["exact"],
            "source_ref": ["exact"],
        }


class CommitmentFilter(RecordFilter):
    """Filters of commitments: by the project of their line, too, and its programme."""

    project = VisibleFilter(field_name="budget_line__project", queryset=visible(Project))
    programme = VisibleFilter(
        field_name="budget_line__project__programme", queryset=visible(Programme)
    )

    class Meta:
        model = Commitment
        fields: ClassVar[Any] = {
            "budget_line": ["exact"],
            "source": ["exact"],
            "reference": ["exact"],
            "supplier": ["exact"],
            "state": ["exact"],
            "placed_on": RANGE,
            "amount": [*RANGE, "isnull"],
            "invoiced": RANGE,
            "foreign_currency": ["exact"],
            "foreign_amount": RANGE,
        }


class ContingencyMovementFilter(RecordFilter):
    """Filters of movements of contingency."""

    class Meta:
        model = ContingencyMovement
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "project": ["exact"],
            "moved_on": RANGE,
            "amount": RANGE,
            "reference": ["exact"],
        }
