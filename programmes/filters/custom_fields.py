"""What narrows the list of custom fields."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import CustomField


class CustomFieldFilter(RecordFilter):
    """Filters of custom fields."""

    class Meta:
        model = CustomField
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "entity": ["exact"],
            "type": ["exact"],
            "state": ["exact"],
            "required_from": RANGE,
        }
