"""Work packages and iterations over REST."""

from pmhub.api.records import RecordViewSet
from projects.filters import IterationFilter, WorkPackageFilter
from projects.serializers.work import IterationSerializer, WorkPackageSerializer


class WorkPackageViewSet(RecordViewSet):
    """Work packages."""

    serializer_class = WorkPackageSerializer
    filterset_class = WorkPackageFilter
    search_fields = ("code", "title")
    ordering_fields = (
        "id", "code", "title", "starts_on", "finishes_on", "weight", "percent", "updated_at",
    )  # fmt: skip
    expandable = ("project", "output", "owner")


class IterationViewSet(RecordViewSet):
    """Iterations."""

    serializer_class = IterationSerializer
    filterset_class = IterationFilter
    search_fields = ("goal",)
    ordering_fields = (
        "id", "number", "starts_on", "ends_on", "points_planned", "points_done", "state",
        "released_on", "updated_at",
    )  # fmt: skip
    expandable = ("project",)
