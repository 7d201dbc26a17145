"""What narrows the list of issues."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q

from pmhub.filters import RANGE, OverdueFilter
from projects.filters.base import PlaceFilter
from projects.models import (
    Issue,
)
from projects.models.states import IssueState


class IssueFilter(PlaceFilter):
    """Filters of issues."""

    overdue = OverdueFilter("due_on", ~Q(state__in=[IssueState.RESOLVED, IssueState.CLOSED]))

    class Meta:
        model = Issue
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "severity": ["exact"],
            "state": ["exact"],
            "owner": ["exact"],
            "raised_on": RANGE,
            "due_on": RANGE,
        }
