"""What narrows the lists of inspections, findings and decisions about oversight."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q

from pmhub.filters import RANGE, OverdueFilter, RecordFilter, VisibleFilter, visible
from programmes.models import Programme
from projects.filters.base import ProjectRecordFilter
from projects.models import (
    FindingState,
    Inspection,
    InspectionFinding,
    InspectionPlan,
    InspectionState,
    OversightDecision,
    Project,
)


class InspectionFilter(ProjectRecordFilter):
    """Filters of inspections."""

    overdue = OverdueFilter("planned_on", Q(state=InspectionState.PLANNED))

    class Meta:
        model = Inspection
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "inspector": ["exact"],
            "hold_point": ["exact"],
            "milestone": ["exact"],
            "plan": ["exact", "isnull"],
            "state": ["exact"],
            "result": ["exact"],
            "planned_on": RANGE,
            "held_on": RANGE,
        }


class InspectionPlanFilter(ProjectRecordFilter):
    """Filters of plans of inspections."""

    class Meta:
        model = InspectionPlan
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "inspector": ["exact"],
            "hold_point": ["exact"],
            "milestone": ["exact"],
            "state": ["exact"],
            "begins_on": RANGE,
        }


class FindingFilter(RecordFilter):
    """Filters of findings."""

    project = VisibleFilter(field_name="inspection__project", queryset=visible(Project))
    programme = VisibleFilter(
        field_name="inspection__project__programme", queryset=visible(Programme)
    )
    overdue = OverdueFilter("due_on", Q(state=FindingState.OPEN))

    class Meta:
        model = InspectionFinding
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "inspection": ["exact"],
            "severity": ["exact"],
            "owner": ["exact"],
            "state": ["exact"],
            "due_on": RANGE,
            "closed_on": RANGE,
        }


class OversightDecisionFilter(ProjectRecordFilter):
    """Filters of decisions about oversight."""

    class Meta:
        model = OversightDecision
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "person": ["exact"],
            "level": ["exact"],
            "state": ["exact"],
            "until": RANGE,
            "decided_on": RANGE,
        }
