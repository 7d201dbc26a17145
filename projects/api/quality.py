"""Checks of outputs over REST."""

from pmhub.api.records import RecordViewSet
from projects.filters import QualityRecordFilter
from projects.serializers.quality import QualityRecordSerializer


class QualityRecordViewSet(RecordViewSet):
    """Checks of outputs."""

    serializer_class = QualityRecordSerializer
    filterset_class = QualityRecordFilter
    search_fields = ("code", "title")
    ordering_fields = ("id", "code", "title", "result", "checked_on", "updated_at")
    expandable = ("output", "checked_by")
