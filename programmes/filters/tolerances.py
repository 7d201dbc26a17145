"""What narrows the list of tolerances."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RecordFilter
from programmes.models import Tolerance


class ToleranceFilter(RecordFilter):
    """Filters of tolerances."""

    class Meta:
        model = Tolerance
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "stage": ["exact"],
            "kind": ["exact"],
            "side": ["exact"],
            "by": ["exact"],
        }
