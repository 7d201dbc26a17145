"""Filters of projects, their baselines and outputs."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from projects.filters.base import ProjectRecordFilter
from projects.models import (
    Baseline,
    Output,
    Project,
)


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
            "successor": ["exact", "isnull"],
            "executive": ["exact"],
            "regulated": ["exact"],
            "critical": ["exact"],
            "complexity": RANGE,
            "discipline": ["exact"],
            "delivery_approach": ["exact"],
            "template": ["exact"],
            "split_from": ["exact"],
            "merged_into": ["exact"],
            "declared_rag": ["exact"],
            "declared_on": RANGE,
            "forecast_start": RANGE,
            "forecast_finish": RANGE,
            "actual_start": RANGE,
            "actual_finish": RANGE,
            "percent_complete": RANGE,
            "forecast_basis": ["exact"],
            "estimate_to_complete": RANGE,
        }


class BaselineFilter(ProjectRecordFilter):
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


class OutputFilter(ProjectRecordFilter):
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
