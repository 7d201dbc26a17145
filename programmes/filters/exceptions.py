"""What narrows the list of exceptions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from pmhub.filters import RANGE, RecordFilter, VisibleFilter, visible
from programmes.models import ExceptionReport, Programme
from projects.queries.programmes import of_projects_in


class ExceptionFilter(RecordFilter):
    """Filters of exception reports; `programme` finds those of its cases and of its projects."""

    programme = VisibleFilter(method="of_programme", queryset=visible(Programme))

    class Meta:
        model = ExceptionReport
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "case": ["exact"],
            "tolerance": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "decision": ["exact"],
            "opened_on": RANGE,
            "decided_on": RANGE,
        }

    def of_programme(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """Return the exceptions of the programme's business cases and of its projects."""
        return queryset.filter(Q(case__programme=value) | of_projects_in(value))
