"""What narrows the lists of decisions and their acknowledgements."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import Acknowledgement, Decision


class DecisionFilter(RecordFilter):
    """Filters of decisions."""

    class Meta:
        model = Decision
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "risk": ["exact"],
            "issue": ["exact"],
            "cause": ["exact"],
            "state": ["exact"],
            "board": ["exact"],
            "meeting": ["exact"],
            "decided_by": ["exact"],
            "decided_on": RANGE,
            "review_on": RANGE,
        }


class AcknowledgementFilter(RecordFilter):
    """Filters of acknowledgements."""

    class Meta:
        model = Acknowledgement
        fields: ClassVar[Any] = {
            "decision": ["exact"],
            "person": ["exact"],
            "state": ["exact"],
            "asked_on": RANGE,
            "read_on": RANGE,
        }
