"""Filters of stakeholders and of what is said to them."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters as df
from django.db.models import Q, QuerySet

from pmhub.filters import RANGE, OverdueFilter, RecordFilter
from projects.filters.base import PlaceFilter
from projects.models import Communication, CommunicationState, Stakeholder, StakeholderAssessment
from projects.models.stakeholder import Stance, assessed


class StakeholderFilter(PlaceFilter):
    """Filters of stakeholders."""

    stance = df.ChoiceFilter(choices=Stance.choices, method="last_assessed")

    class Meta:
        model = Stakeholder
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "group": ["exact"],
            "wanted_stance": ["exact"],
            "owner": ["exact"],
        }

    def last_assessed(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Return the stakeholders whose last assessment has this value."""
        return rows.alias(last=assessed(name)).filter(last=value)


class StakeholderAssessmentFilter(RecordFilter):
    """Filters of assessments."""

    class Meta:
        model = StakeholderAssessment
        fields: ClassVar[Any] = {
            "stakeholder": ["exact"],
            "stance": ["exact"],
            "influence": RANGE,
            "interest": RANGE,
            "on": RANGE,
            "by": ["exact"],
        }


class CommunicationFilter(PlaceFilter):
    """Filters of communications."""

    overdue = OverdueFilter("planned_on", Q(state=CommunicationState.PLANNED))

    class Meta:
        model = Communication
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "programme": ["exact"],
            "portfolio": ["exact"],
            "audience": ["exact"],
            "channel": ["exact"],
            "state": ["exact"],
            "heard": ["exact"],
            "owner": ["exact"],
            "planned_on": RANGE,
            "sent_on": RANGE,
        }
