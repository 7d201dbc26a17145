"""Custom fields of records, over REST."""

from typing import ClassVar

from pmhub.api.records import RecordViewSet
from programmes.filters.custom_fields import CustomFieldFilter
from programmes.serializers.custom_fields import CustomFieldSerializer


class CustomFieldViewSet(RecordViewSet):
    """Custom fields."""

    serializer_class = CustomFieldSerializer
    filterset_class = CustomFieldFilter
    search_fields = ("name", "label")
    ordering_fields: ClassVar[tuple[str, ...]] = (
        "id", "entity", "position", "name", "label", "type", "required_from", "state", "updated_at",
    )  # fmt: skip
    expandable = ("portfolio",)
