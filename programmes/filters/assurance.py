"""What narrows the lists of assurance reviews and their recommendations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q

from pmhub.filters import RANGE, OverdueFilter, RecordFilter
from programmes.models import AssuranceRecommendation, AssuranceReview
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
