"""What narrows the list of rule sets."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import RuleSet


class RuleSetFilter(RecordFilter):
    """Filters of rule sets."""

    class Meta:
        model = RuleSet
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "kind": ["exact"],
            "by": ["exact"],
            "valid_from": RANGE,
        }
