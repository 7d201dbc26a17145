"""Filters of milestones and dependencies."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from pmhub.filters import RANGE, OverdueFilter, RecordFilter, VisibleFilter, visible
from programmes.models import Programme
from projects.filters.base import ProjectRecordFilter
from projects.models import (
    Dependency,
    DependencyMessage,
    Milestone,
    MilestoneForecast,
    Project,
)
from projects.models.states import MilestoneState


class MilestoneFilter(ProjectRecordFilter):
    """Filters of milestones."""

    overdue = OverdueFilter("forecast_on", Q(state=MilestoneState.PLANNED))

    class Meta:
        model = Milestone
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "key": ["exact"],
            "baseline_on": RANGE,
            "forecast_on": RANGE,
            "actual_on": RANGE,
        }


class MilestoneForecastFilter(RecordFilter):
    """Filters of forecasts of milestones."""

    class Meta:
        model = MilestoneForecast
        fields: ClassVar[Any] = {
            "milestone": ["exact"],
            "reported_on": RANGE,
            "forecast_on": RANGE,
        }


class DependencyFilter(RecordFilter):
    """Filters of dependencies; `project` and `programme` match the giver or the receiver."""

    project = VisibleFilter(method="either_end", queryset=visible(Project))
    programme = VisibleFilter(method="either_programme", queryset=visible(Programme))

    class Meta:
        model = Dependency
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "giver": ["exact"],
            "external_giver": ["exact"],
            "receiver": ["exact"],
            "discipline": ["exact"],
            "kind": ["exact"],
            "status": ["exact"],
            "drives_schedule": ["exact"],
            "hardness": ["exact"],
            "need_by": RANGE,
            "agreed_on": RANGE,
            "forecast_on": RANGE,
            "delivered_on": RANGE,
            "accepted_on": RANGE,
        }

    def either_end(self, queryset: QuerySet, name: str, value: Project) -> QuerySet:
        """Return the dependencies that a project gives or receives."""
        return queryset.filter(Q(giver=value) | Q(receiver=value))

    def either_programme(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """Return the dependencies that projects of a programme give or receive."""
        return queryset.filter(Q(giver__programme=value) | Q(receiver__programme=value))


class DependencyMessageFilter(RecordFilter):
    """Filters of messages between the sides of dependencies."""

    class Meta:
        model = DependencyMessage
        fields: ClassVar[Any] = {
            "dependency": ["exact"],
            "side": ["exact"],
            "kind": ["exact"],
            "need_by": RANGE,
            "forecast_on": RANGE,
        }
