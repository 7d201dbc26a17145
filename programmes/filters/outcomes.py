"""What narrows the list of outcomes."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import Outcome


class OutcomeFilter(RecordFilter):
    """Filters of outcomes."""

    class Meta:
        model = Outcome
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "state": ["exact"],
            "bcm": ["exact"],
            "capability_ready_on": RANGE,
            "transition_start": RANGE,
            "embedded_on": RANGE,
        }
