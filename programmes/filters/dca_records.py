"""What narrows the list of judgements of delivery confidence."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import DcaRecord


class DcaRecordFilter(RecordFilter):
    """Filters of judgements of delivery confidence."""

    class Meta:
        model = DcaRecord
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "value": ["exact"],
            "by": ["exact"],
            "review": ["exact"],
            "on": RANGE,
        }
