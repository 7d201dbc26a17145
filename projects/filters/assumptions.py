"""Filters of assumptions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q

from pmhub.filters import RANGE, OverdueFilter
from projects.filters.base import PlaceFilter
from projects.models import Assumption, AssumptionState


class AssumptionFilter(PlaceFilter):
    """Filters of assumptions."""

    overdue = OverdueFilter("validate_by", Q(state=AssumptionState.OPEN))

    class Meta:
        model = Assumption
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "programme": ["exact"],
            "portfolio": ["exact"],
            "state": ["exact"],
            "owner": ["exact"],
            "confidence": RANGE,
            "validate_by": RANGE,
            "settled_on": RANGE,
        }
