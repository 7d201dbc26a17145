"""What narrows the list of risks."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE
from projects.filters.base import PlaceFilter
from projects.models import (
    Risk,
)


class RiskFilter(PlaceFilter):
    """Filters of risks."""

    class Meta:
        model = Risk
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "status": ["exact"],
            "category": ["exact"],
            "owner": ["exact"],
            "response": ["exact"],
            "escalated_to": ["exact"],
            "aggregated_into": ["exact"],
            "proximity_on": RANGE,
            "response_cost": RANGE,
            "inherent_probability": RANGE,
            "residual_probability": RANGE,
            "residual_cost_min": RANGE,
            "residual_cost_most_likely": RANGE,
            "residual_cost_max": RANGE,
            "foreign_currency": ["exact"],
        }
