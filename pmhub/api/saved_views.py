"""Saved views of lists."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.filters import SavedViewFilter
from pmhub.serializers.saved_views import SavedViewSerializer


class SavedViewViewSet(RecordViewSet):
    """Saved views: the user's own, and those that are shared with the readers of a portfolio or a
    programme."""

    serializer_class = SavedViewSerializer
    filterset_class = SavedViewFilter
    search_fields = ("name", "collection")
    ordering_fields = ("id", "name", "collection", "updated_at")
    expandable = ("portfolio", "programme")

    def page_of(self, row: Row) -> str:
        """Return the path of the list with the query of the view."""
        query = row["query"]
        return f"{row['collection']}/?{query}" if query else f"{row['collection']}/"
