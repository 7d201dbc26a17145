"""Base classes of the filters of records of a project or a programme."""

from __future__ import annotations

from django.db.models import QuerySet

from pmhub.filters import RecordFilter, VisibleFilter, visible
from programmes.models import Programme
from projects.queries.programmes import in_programme


class ProjectRecordFilter(RecordFilter):
    """Filters of the records of a project: by its programme, too."""

    programme = VisibleFilter(field_name="project__programme", queryset=visible(Programme))


class PlaceFilter(RecordFilter):
    """Filters of the records of projects and programmes: those of a programme include those of its
    projects."""

    programme = VisibleFilter(method="with_projects", queryset=visible(Programme))

    def with_projects(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """Return the records of the programme and of its projects."""
        return queryset.filter(in_programme(value))
