"""What narrows the lists of mandates and of states of the operating model."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import OperatingModelState, ProgrammeMandate


class MandateFilter(RecordFilter):
    """Filters of mandates."""

    class Meta:
        model = ProgrammeMandate
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "sponsor": ["exact"],
            "state": ["exact"],
            "issued_on": RANGE,
        }


class OperatingModelStateFilter(RecordFilter):
    """Filters of states of operating models."""

    class Meta:
        model = OperatingModelState
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "tranche": ["exact"],
            "dimension": ["exact"],
            "state": ["exact"],
            "reached_on": RANGE,
        }
