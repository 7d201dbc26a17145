"""Stakeholders, their assessments, and communications with them, over REST."""

from pmhub.api.records import RecordViewSet
from projects.filters import (
    CommunicationFilter,
    StakeholderAssessmentFilter,
    StakeholderFilter,
)
from projects.serializers.stakeholders import (
    CommunicationSerializer,
    StakeholderAssessmentSerializer,
    StakeholderSerializer,
)


class StakeholderViewSet(RecordViewSet):
    """Stakeholders."""

    serializer_class = StakeholderSerializer
    filterset_class = StakeholderFilter
    search_fields = ("code", "name", "group", "concerns")
    ordering_fields = ("id", "code", "name", "group", "wanted_stance", "updated_at")
    expandable = ("programme", "project", "person", "owner")
    # `stance` and `trend` follow from the assessments of the stakeholder.
    changing_figures = True


class StakeholderAssessmentViewSet(RecordViewSet):
    """Assessments of stakeholders."""

    serializer_class = StakeholderAssessmentSerializer
    filterset_class = StakeholderAssessmentFilter
    search_fields = ("note",)
    ordering_fields = ("id", "on", "influence", "interest", "stance", "updated_at")
    expandable = ("stakeholder", "by")


class CommunicationViewSet(RecordViewSet):
    """Communications with stakeholders."""

    serializer_class = CommunicationSerializer
    filterset_class = CommunicationFilter
    search_fields = ("code", "title", "message", "feedback")
    ordering_fields = (
        "id", "code", "title", "channel", "planned_on", "sent_on", "state", "heard", "updated_at",
    )  # fmt: skip
    expandable = ("project", "programme", "portfolio", "owner")
    # `overdue` follows the status date, which moves by itself.
    changing_figures = True
