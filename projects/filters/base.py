"""What filters of what stands in a project or programme share."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from pmhub.filters import RecordFilter, VisibleFilter, visible
from programmes.models import Programme


class ProjectRecordFilter(RecordFilter):
    """Records of a project can be asked for by its programme too."""

    programme = VisibleFilter(field_name="project__programme", queryset=visible(Programme))


class PlaceFilter(RecordFilter):
    """Records of a project or a programme: asked for a programme, its projects' are among them."""

    programme = VisibleFilter(method="with_projects", queryset=visible(Programme))

    def with_projects(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """The programme's own and its projects'."""
        return queryset.filter(Q(programme=value) | Q(project__programme=value))
