"""What narrows the list of overrides of health."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import HealthOverride


class HealthOverrideFilter(RecordFilter):
    """Filters of overrides of health."""

    class Meta:
        model = HealthOverride
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "project": ["exact"],
            "colour": ["exact"],
            "state": ["exact"],
            "by": ["exact"],
            "approved_by": ["exact"],
            "starts_on": RANGE,
            "expires_on": RANGE,
        }
