"""Filters of work packages and iterations."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE
from projects.filters.base import ProjectRecordFilter
from projects.models import Iteration, WorkPackage


class WorkPackageFilter(ProjectRecordFilter):
    """Filters of work packages."""

    class Meta:
        model = WorkPackage
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "output": ["exact"],
            "owner": ["exact"],
            "percent": RANGE,
            "starts_on": RANGE,
            "finishes_on": RANGE,
        }


class IterationFilter(ProjectRecordFilter):
    """Filters of iterations."""

    class Meta:
        model = Iteration
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "number": ["exact"],
            "state": ["exact"],
            "starts_on": RANGE,
            "ends_on": RANGE,
            "released_on": RANGE,
        }
