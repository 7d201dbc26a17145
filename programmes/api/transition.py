"""Impacted groups, and how far they have come, over REST."""

from pmhub.api.records import RecordViewSet
from programmes.filters import AdoptionAssessmentFilter, ImpactedGroupFilter
from programmes.serializers.transition import (
    AdoptionAssessmentSerializer,
    ImpactedGroupSerializer,
)


class ImpactedGroupViewSet(RecordViewSet):
    """Impacted groups."""

    serializer_class = ImpactedGroupSerializer
    filterset_class = ImpactedGroupFilter
    search_fields = ("code", "name", "unit", "change")
    ordering_fields = ("id", "code", "name", "unit", "size", "adopt_by", "state", "updated_at")
    expandable = ("outcome", "owner", "organisation_unit")
    # How far a group has come follows from its assessments.
    changing_figures = True


class AdoptionAssessmentViewSet(RecordViewSet):
    """Assessments of impacted groups."""

    serializer_class = AdoptionAssessmentSerializer
    filterset_class = AdoptionAssessmentFilter
    search_fields = ("evidence",)
    ordering_fields = ("id", "on", "readiness", "adoption_pct", "updated_at")
    expandable = ("impacted_group", "by")
