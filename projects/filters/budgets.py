"""Filters of budget requests and transfers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from pmhub.filters import RANGE, RecordFilter, VisibleFilter, visible
from programmes.models import Programme
from projects.filters.base import PlaceFilter
from projects.models import BudgetRequest, BudgetTransfer, Project


class BudgetRequestFilter(PlaceFilter):
    """Filters of budget requests."""

    class Meta:
        model = BudgetRequest
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "programme": ["exact"],
            "category": ["exact"],
            "treatment": ["exact"],
            "fiscal_year": RANGE,
            "amount": RANGE,
            "state": ["exact"],
            "decided_by": ["exact"],
            "decided_on": RANGE,
        }


class BudgetTransferFilter(RecordFilter):
    """Filters of budget transfers: by a project or a programme at either end, too."""

    project = VisibleFilter(method="at_either_end", queryset=visible(Project))
    programme = VisibleFilter(method="in_programme", queryset=visible(Programme))

    class Meta:
        model = BudgetTransfer
        fields: ClassVar[Any] = {
            "from_line": ["exact"],
            "to_line": ["exact"],
            "amount": RANGE,
            "state": ["exact"],
            "on": RANGE,
            "decided_by": ["exact"],
        }

    def at_either_end(self, queryset: QuerySet, name: str, value: Project) -> QuerySet:
        """Return the transfers from a line of the project, or to one."""
        return queryset.filter(Q(from_line__project=value) | Q(to_line__project=value))

    def in_programme(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """Return the transfers from a line of a project of the programme, or to one."""
        ends = ("from_line", "to_line")
        return queryset.filter(
            Q(*((f"{end}__project__programme", value) for end in ends), _connector=Q.OR)
        )
