"""Favourites: the records that a user keeps in the navigation."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.api.resources import basename_of
from pmhub.filters import FavouriteFilter
from pmhub.queries import search
from pmhub.serializers.favourites import FavouriteSerializer


class FavouriteViewSet(RecordViewSet):
    """The user's own favourites: they are made and removed, never changed."""

    serializer_class = FavouriteSerializer
    filterset_class = FavouriteFilter
    http_method_names = ["get", "head", "post", "delete"]
    in_bulk = False

    def page_of(self, row: Row) -> str:
        """Return the path of the page of the favourite's record."""
        return f"{basename_of(search.kinds()[row['record_type']])}/{row['record_id']}/"
