"""Filters of impacted groups and of their assessments."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter, VisibleFilter, visible
from pmhub.filters.units import WithinUnitFilter
from programmes.models import AdoptionAssessment, ImpactedGroup, Programme


class ImpactedGroupFilter(RecordFilter):
    """Filters of impacted groups."""

    programme = VisibleFilter(field_name="outcome__programme", queryset=visible(Programme))
    within_unit = WithinUnitFilter()

    class Meta:
        model = ImpactedGroup
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "outcome": ["exact"],
            "unit": ["exact"],
            "organisation_unit": ["exact"],
            "owner": ["exact"],
            "state": ["exact"],
            "adopt_by": RANGE,
            "accepted_on": RANGE,
        }


class AdoptionAssessmentFilter(RecordFilter):
    """Filters of assessments of impacted groups."""

    class Meta:
        model = AdoptionAssessment
        fields: ClassVar[Any] = {
            "impacted_group": ["exact"],
            "readiness": RANGE,
            "adoption_pct": RANGE,
            "on": RANGE,
            "by": ["exact"],
        }
