"""What narrows the lists of boards and their meetings."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import Board, BoardMeeting


class BoardFilter(RecordFilter):
    """Filters of boards."""

    class Meta:
        model = Board
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programme": ["exact"],
            "kind": ["exact"],
            "chair": ["exact"],
            "members": ["exact"],
        }


class BoardMeetingFilter(RecordFilter):
    """Filters of meetings of boards."""

    class Meta:
        model = BoardMeeting
        fields: ClassVar[Any] = {
            "board": ["exact"],
            "state": ["exact"],
            "on": RANGE,
        }
