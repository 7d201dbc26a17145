"""What narrows the lists of objectives and their measurements."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import ObjectiveMeasurement, StrategicObjective


class ObjectiveFilter(RecordFilter):
    """Filters of objectives."""

    class Meta:
        model = StrategicObjective
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "status": ["exact"],
            "owner": ["exact"],
            "target_on": RANGE,
        }


class ObjectiveMeasurementFilter(RecordFilter):
    """Filters of measurements of objectives."""

    class Meta:
        model = ObjectiveMeasurement
        fields: ClassVar[Any] = {
            "objective": ["exact"],
            "programme": ["exact"],
            "status": ["exact"],
            "by": ["exact"],
            "verified_by": ["exact"],
            "on": RANGE,
            "value": RANGE,
        }
