"""What narrows the list of exchange rates."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import CurrencyRate


class CurrencyRateFilter(RecordFilter):
    """Filters of exchange rates."""

    class Meta:
        model = CurrencyRate
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "currency": ["exact"],
            "kind": ["exact"],
            "valid_from": RANGE,
            "rate": RANGE,
        }
