"""Closed fiscal years, over REST."""

from pmhub.api.records import RecordViewSet
from programmes.filters.closed_years import ClosedYearFilter
from programmes.serializers.closed_years import ClosedYearSerializer


class ClosedYearViewSet(RecordViewSet):
    """Closed fiscal years."""

    serializer_class = ClosedYearSerializer
    filterset_class = ClosedYearFilter
    search_fields = ("note",)
    ordering_fields = ("id", "fiscal_year", "state", "updated_at")
    expandable = ("portfolio", "closed_by")
