"""Standards, their versions and how projects apply them, over REST."""

from pmhub.api.records import RecordViewSet
from projects.filters import (
    AssetVersionFilter,
    ProcessAssetFilter,
    TailoringRecordFilter,
)
from projects.serializers.library import (
    AssetVersionSerializer,
    ProcessAssetSerializer,
    TailoringRecordSerializer,
)


class ProcessAssetViewSet(RecordViewSet):
    """Standards."""

    serializer_class = ProcessAssetSerializer
    filterset_class = ProcessAssetFilter
    search_fields = ("code", "title", "about")
    ordering_fields = ("id", "code", "title", "kind", "review_on", "updated_at")
    expandable = ("portfolio", "owner", "discipline")
    # Whether its review is overdue follows the status date, which moves by itself.
    changing_figures = True


class AssetVersionViewSet(RecordViewSet):
    """Versions of standards."""

    serializer_class = AssetVersionSerializer
    filterset_class = AssetVersionFilter
    search_fields = ("text", "change_reason")
    ordering_fields = ("id", "number", "state", "effective_from", "updated_at")
    expandable = ("asset", "lesson")


class TailoringRecordViewSet(RecordViewSet):
    """Tailoring records: how projects apply standards."""

    serializer_class = TailoringRecordSerializer
    filterset_class = TailoringRecordFilter
    search_fields = ("what", "reason")
    ordering_fields = ("id", "answer", "state", "until", "agreed_on", "updated_at")
    expandable = ("project", "asset_version")
