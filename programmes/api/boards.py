"""Boards and their meetings over REST."""

from __future__ import annotations

from pmhub.api.archiving import ArchivableViewSet
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from programmes.filters import BoardFilter, BoardMeetingFilter
from programmes.queries.agenda import in_sight
from programmes.serializers.boards import BoardSerializer
from programmes.serializers.meetings import BoardMeetingSerializer


class BoardViewSet(ArchivableViewSet):
    """Boards."""

    serializer_class = BoardSerializer
    filterset_class = BoardFilter
    search_fields = ("name",)
    ordering_fields = ("id", "name", "quorum", "updated_at")
    expandable = ("portfolio", "programme", "chair")


class BoardMeetingViewSet(RecordViewSet):
    """Meetings of boards."""

    serializer_class = BoardMeetingSerializer
    filterset_class = BoardMeetingFilter
    search_fields = ("about", "minutes")
    ordering_fields = ("id", "on", "updated_at")
    expandable = ("board",)
    # The agenda in the answer depends on what the reader may see.
    changing_figures = True

    def conceal(self, rows: list[Row]) -> None:
        """Remove from an agenda what the reader does not see."""
        agendas = [row.get("agenda") or [] for row in rows]
        for row, agenda in zip(rows, in_sight(agendas, self.request.user), strict=True):
            if "agenda" in row:
                row["agenda"] = agenda
