"""What narrows the list of delegated limits."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RecordFilter
from programmes.models import DelegatedLimit


class DelegatedLimitFilter(RecordFilter):
    """Filters of delegated limits."""

    class Meta:
        model = DelegatedLimit
        fields: ClassVar[Any] = {"portfolio": ["exact"], "level": ["exact"]}
