"""What narrows the list of status reports."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import StatusReport


class StatusReportFilter(RecordFilter):
    """Filters of status reports."""

    class Meta:
        model = StatusReport
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "declared_rag": ["exact"],
            "author": ["exact"],
            "period_end": RANGE,
            "published_at": RANGE,
        }
