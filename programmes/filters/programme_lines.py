"""What narrows the list of lines of programmes."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import ProgrammeLine


class ProgrammeLineFilter(RecordFilter):
    """Filters of programme lines."""

    class Meta:
        model = ProgrammeLine
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "kind": ["exact"],
            "treatment": ["exact"],
            "fiscal_year": RANGE,
            "approved_budget": RANGE,
            "foreign_currency": ["exact"],
        }
