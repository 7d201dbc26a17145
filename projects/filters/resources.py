"""Filters of resources, their capacity and allocations."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from pmhub.filters.units import WithinUnitFilter
from projects.filters.base import ProjectRecordFilter
from projects.models import (
    Allocation,
    Resource,
    ResourceCapacity,
)


class ResourceFilter(RecordFilter):
    """Filters of resources."""

    within_unit = WithinUnitFilter()

    class Meta:
        model = Resource
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "kind": ["exact"],
            "unit": ["exact"],
            "organisation_unit": ["exact"],
            "capacity": RANGE,
            "owner": ["exact", "isnull"],
            "person": ["exact", "isnull"],
        }


class ResourceCapacityFilter(RecordFilter):
    """Filters of periods of capacity."""

    class Meta:
        model = ResourceCapacity
        fields: ClassVar[Any] = {
            "resource": ["exact"],
            "period_start": RANGE,
            "period_end": RANGE,
            "capacity": RANGE,
        }


class AllocationFilter(ProjectRecordFilter):
    """Filters of allocations."""

    class Meta:
        model = Allocation
        fields: ClassVar[Any] = {
            "resource": ["exact"],
            "project": ["exact"],
            "firmness": ["exact"],
            "resource__owner": ["exact"],
            "units": RANGE,
            "starts_on": RANGE,
            "ends_on": RANGE,
        }
