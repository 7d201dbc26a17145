"""What narrows the lists of assurance, delivery confidence and overrides of health."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q

from pmhub.filters import RANGE, OverdueFilter, RecordFilter
from programmes.models import AssuranceRecommendation, AssuranceReview, DcaRecord, HealthOverride
from programmes.models.states import RecommendationState


class AssuranceReviewFilter(RecordFilter):
    """Filters of assurance reviews."""

    class Meta:
        model = AssuranceReview
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "dca": ["exact"],
            "state": ["exact"],
            "planned_on": RANGE,
            "held_on": RANGE,
        }


class AssuranceRecommendationFilter(RecordFilter):
    """Filters of recommendations."""

    overdue = OverdueFilter("due_on", Q(state=RecommendationState.OPEN))

    class Meta:
        model = AssuranceRecommendation
        fields: ClassVar[Any] = {
            "review": ["exact"],
            "priority": ["exact"],
            "state": ["exact"],
            "owner": ["exact"],
            "due_on": RANGE,
            "closed_on": RANGE,
        }


class DcaRecordFilter(RecordFilter):
    """Filters of judgements of delivery confidence."""

    class Meta:
        model = DcaRecord
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "value": ["exact"],
            "by": ["exact"],
            "review": ["exact"],
            "on": RANGE,
        }


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
