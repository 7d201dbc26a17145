"""Projects, their baselines and outputs."""

from __future__ import annotations

from django.db.models import QuerySet

from pmhub.api.problems import Refused
from pmhub.api.records import RecordViewSet
from pmhub.api.shapes import Row
from projects import queries
from projects.filters import BaselineFilter, OutputFilter, ProjectFilter
from projects.models import Baseline
from projects.serializers.project import BaselineSerializer, OutputSerializer, ProjectSerializer

PROJECT_PAGE = (("projects", "project_id"),)


class ProjectViewSet(RecordViewSet):
    """Projects."""

    serializer_class = ProjectSerializer
    filterset_class = ProjectFilter
    search_fields = ("code", "name", "objective")
    ordering_fields = (
        "id", "code", "name", "stage", "status", "complexity", "forecast_start",
        "forecast_finish", "actual_start", "actual_finish", "percent_complete",
        "estimate_to_complete", "declared_on", "updated_at",
    )  # fmt: skip
    expandable = ("programme", "portfolio", "tranche", "project_manager", "executive")
    pages = (("projects", "id"),)
    reads = {"_as_of": "as_of"}
    changing_figures = True

    def read(self, queryset: QuerySet, start: int, stop: int) -> list[Row]:
        """The window first, then the figures of its rows alone."""
        window = queryset.values_list("pk", flat=True)[start:stop]
        rows = self.model.objects.filter(pk__in=window).order_by(*queryset.query.order_by)
        return self.shaped(self.shape().select(queries.with_figures(rows)))

    def finish(self, rows: list[Row]) -> None:
        """Planned value from the profile of the current baseline."""
        for row in rows:
            row["planned_value"] = queries.planned_value(row["planned_value"], row["_as_of"])


class BaselineViewSet(RecordViewSet):
    """Baselines."""

    serializer_class = BaselineSerializer
    filterset_class = BaselineFilter
    search_fields = ("reason",)
    ordering_fields = ("id", "number", "approved_on", "starts_on", "finishes_on", "updated_at")
    expandable = ("project",)
    pages = PROJECT_PAGE

    def check_deletable(self, instance: Baseline) -> None:
        """An approved baseline stays."""
        if instance.approved_on is not None:
            raise Refused(409, "append_only", "An approved baseline is never deleted.")


class OutputViewSet(RecordViewSet):
    """Outputs."""

    serializer_class = OutputSerializer
    filterset_class = OutputFilter
    search_fields = ("code", "title")
    ordering_fields = ("id", "code", "planned_on", "forecast_on", "accepted_on", "updated_at")
    expandable = ("project", "accepted_by")
    pages = PROJECT_PAGE
