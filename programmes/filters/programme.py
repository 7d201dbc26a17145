"""What narrows the lists of programmes and their tranches."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import Programme, Tranche


class ProgrammeFilter(RecordFilter):
    """Filters of programmes."""

    class Meta:
        model = Programme
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "stage": ["exact"],
            "governance_type": ["exact"],
            "business_case_stage": ["exact"],
            "sro": ["exact"],
            "programme_manager": ["exact"],
            "dca": ["exact"],
            "starts_on": RANGE,
            "planned_end_on": RANGE,
            "actual_end_on": RANGE,
            "contingency_budget": RANGE,
            "template": ["exact"],
            "split_from": ["exact"],
            "merged_into": ["exact"],
        }


class TrancheFilter(RecordFilter):
    """Filters of tranches."""

    class Meta:
        model = Tranche
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "state": ["exact"],
            "starts_on": RANGE,
            "ends_on": RANGE,
        }
