"""Lines of programmes over REST."""

from __future__ import annotations

from pmhub.api.records import RecordViewSet
from programmes.filters import ProgrammeLineFilter
from programmes.serializers.programme_lines import ProgrammeLineSerializer


class ProgrammeLineViewSet(RecordViewSet):
    """Budget lines of programmes."""

    serializer_class = ProgrammeLineSerializer
    filterset_class = ProgrammeLineFilter
    search_fields = ("code",)
    ordering_fields = ("id", "code", "fiscal_year", "approved_budget", "updated_at")
    expandable = ("programme",)
