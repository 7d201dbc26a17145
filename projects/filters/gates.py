"""Filters of gates and of what belongs to them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from pmhub.filters import RANGE, OverdueFilter, RecordFilter
from programmes.models import Programme, Tranche
from projects.filters.base import PlaceFilter
from projects.models import (
    ConditionState,
    Gate,
    GateCondition,
    GateCriterion,
    GateVote,
    TemplateCriterion,
)
from projects.queries.portfolios import refers_to
from projects.queries.programmes import in_programme


class GateFilter(PlaceFilter):
    """Filters of gates."""

    def with_projects(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """Return the gates of the programme, of its projects and of its tranches."""
        tranches = Q(refers_to("tranche", Tranche.objects.filter(programme=value)))
        return queryset.filter(in_programme(value) | tranches)

    class Meta:
        model = Gate
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "tranche": ["exact"],
            "stage_from": ["exact"],
            "stage_to": ["exact"],
            "state": ["exact"],
            "decision": ["exact"],
            "approvers": ["exact"],
            "planned_on": RANGE,
            "decided_on": RANGE,
        }


class GateCriterionFilter(RecordFilter):
    """Filters of criteria of gates."""

    class Meta:
        model = GateCriterion
        fields: ClassVar[Any] = {
            "gate": ["exact"],
            "mandatory": ["exact"],
            "state": ["exact"],
            "assessor": ["exact"],
        }


class GateVoteFilter(RecordFilter):
    """Filters of votes."""

    class Meta:
        model = GateVote
        fields: ClassVar[Any] = {
            "gate": ["exact"],
            "person": ["exact"],
            "choice": ["exact"],
            "on": RANGE,
        }


class GateConditionFilter(PlaceFilter):
    """Filters of conditions of gates; `lapsed=true` finds those that are open past their day."""

    lapsed = OverdueFilter("due_on", Q(state=ConditionState.OPEN), label="Lapsed")

    class Meta:
        model = GateCondition
        fields: ClassVar[Any] = {
            "gate": ["exact"],
            "project": ["exact"],
            "owner": ["exact"],
            "state": ["exact"],
            "due_on": RANGE,
            "met_on": RANGE,
        }


class TemplateCriterionFilter(RecordFilter):
    """Filters of criteria of templates."""

    class Meta:
        model = TemplateCriterion
        fields: ClassVar[Any] = {
            "template": ["exact"],
            "stage": ["exact"],
            "mandatory": ["exact"],
        }
