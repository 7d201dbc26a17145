"""What narrows the list of compliance items."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q

from pmhub.filters import RANGE, OverdueFilter
from projects.filters.base import ProjectRecordFilter
from projects.models import (
    ComplianceItem,
)
from projects.models.states import ComplianceState


class ComplianceItemFilter(ProjectRecordFilter):
    """Filters of compliance items."""

    overdue = OverdueFilter("due_on", ~Q(state=ComplianceState.GRANTED))

    class Meta:
        model = ComplianceItem
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "blocks": ["exact"],
            "state": ["exact"],
            "due_on": RANGE,
            "granted_on": RANGE,
        }
