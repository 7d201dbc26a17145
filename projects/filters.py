"""What narrows the lists of projects and their records."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter, VisibleFilter, visible
from programmes.models import Programme
from projects.models import Baseline, BudgetLine, ContingencyMovement, CostActual, Output, Project


class InProject(RecordFilter):
    """Records of a project can be asked for by its programme too."""

    programme = VisibleFilter(field_name="project__programme", queryset=visible(Programme))


class ProjectFilter(RecordFilter):
    """Filters of projects."""

    class Meta:
        model = Project
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact", "isnull"],
            "portfolio": ["exact"],
            "tranche": ["exact"],
            "stage": ["exact"],
            "status": ["exact"],
            "project_manager": ["exact"],
            "executive": ["exact"],
            "regulated": ["exact"],
            "complexity": RANGE,
            "delivery_approach": ["exact"],
            "declared_rag": ["exact"],
            "declared_on": RANGE,
            "forecast_start": RANGE,
            "forecast_finish": RANGE,
            "actual_start": RANGE,
            "actual_finish": RANGE,
            "percent_complete": RANGE,
            "estimate_to_complete": RANGE,
        }


class BaselineFilter(InProject):
    """Filters of baselines."""

    class Meta:
        model = Baseline
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "number": RANGE,
            "approved_on": [*RANGE, "isnull"],
            "starts_on": RANGE,
            "finishes_on": RANGE,
            "budget_at_completion": RANGE,
        }


class OutputFilter(InProject):
    """Filters of outputs."""

    class Meta:
        model = Output
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "state": ["exact"],
            "planned_on": RANGE,
            "forecast_on": RANGE,
            "accepted_on": RANGE,
        }


class BudgetLineFilter(InProject):
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
        }


class CostActualFilter(InProject):
    """Filters of actual costs."""

    class Meta:
        model = CostActual
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "programme_line": ["exact"],
            "kind": ["exact"],
            "posted_on": RANGE,
            "amount": RANGE,
            "source": ["exact"],
            "source_ref": ["exact"],
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
