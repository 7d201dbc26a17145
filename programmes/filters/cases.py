"""What narrows the lists of business cases, their options and flows."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter, VisibleFilter, visible
from programmes.models import BusinessCase, CaseFlow, CaseOption


class BusinessCaseFilter(RecordFilter):
    """Filters of business cases."""

    class Meta:
        model = BusinessCase
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "npsv": RANGE,
            "approved_on": RANGE,
        }


class CaseOptionFilter(RecordFilter):
    """Filters of options of business cases."""

    class Meta:
        model = CaseOption
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "case": ["exact"],
            "kind": ["exact"],
            "bias_category": ["exact"],
            "foreign_currency": ["exact"],
        }


class CaseFlowFilter(RecordFilter):
    """Filters of flows of options; `case` finds those of all options of a case."""

    case = VisibleFilter(field_name="option__case", queryset=visible(BusinessCase))

    class Meta:
        model = CaseFlow
        fields: ClassVar[Any] = {
            "option": ["exact"],
            "kind": ["exact"],
            "treatment": ["exact"],
            "fiscal_year": RANGE,
            "amount": RANGE,
            "foreign_currency": ["exact"],
        }
