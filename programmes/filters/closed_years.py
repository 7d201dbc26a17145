"""What narrows the list of closed fiscal years."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import ClosedYear


class ClosedYearFilter(RecordFilter):
    """Filters of closed fiscal years."""

    class Meta:
        model = ClosedYear
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "state": ["exact"],
            "fiscal_year": RANGE,
            "closed_by": ["exact"],
        }
