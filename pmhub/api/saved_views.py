"""Saved views of lists."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.filters import SavedViewFilter
from pmhub.serializers.saved_views import SavedViewSerializer


class SavedViewViewSet(RecordViewSet):
    """Saved views: one's own, and those that are shared with what one may see."""

    serializer_class = SavedViewSerializer
    filterset_class = SavedViewFilter
    search_fields = ("name", "collection")
    ordering_fields = ("id", "name", "collection", "updated_at")
    expandable = ("portfolio", "programme")

    def page_of(self, row: Row) -> str:
        """The list as the view shows it."""
        query = row["query"]
        return f"{row['collection']}/?{query}" if query else f"{row['collection']}/"
