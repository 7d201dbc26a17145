"""What narrows the list of board packs."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import BoardPack


class BoardPackFilter(RecordFilter):
    """Filters of board packs."""

    class Meta:
        model = BoardPack
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programmes": ["exact"],
            "state": ["exact"],
            "on": RANGE,
        }
