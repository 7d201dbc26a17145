"""Assessments of teams over REST."""

from pmhub.api.records import RecordViewSet
from projects.filters import TeamMaturityFilter
from projects.serializers.maturity import TeamMaturitySerializer


class TeamMaturityViewSet(RecordViewSet):
    """Assessments of teams: they are added, never changed."""

    serializer_class = TeamMaturitySerializer
    filterset_class = TeamMaturityFilter
    search_fields = ("evidence",)
    ordering_fields = ("id", "level", "assessed_on", "updated_at")
    expandable = ("project", "assessor")
