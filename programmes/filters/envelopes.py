"""What narrows the list of envelopes."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import Envelope


class EnvelopeFilter(RecordFilter):
    """Filters of envelopes."""

    class Meta:
        model = Envelope
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programme": ["exact", "isnull"],
            "fiscal_year": RANGE,
            "treatment": ["exact"],
            "amount": RANGE,
            "approved_on": RANGE,
        }
