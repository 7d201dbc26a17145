"""Filters of risks, issues, actions and compliance items."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from pmhub.filters import RANGE, OverdueFilter, RecordFilter, TruthFilter, VisibleFilter, visible
from programmes.models import Outcome, Programme
from projects.filters.base import InProject, OfProgramme
from projects.models import (
    Action,
    ComplianceItem,
    Issue,
    Project,
    Risk,
)
from projects.models.states import ComplianceState, IssueState
from projects.queries import actions_in, actions_of, is_overdue, transition_of


class RiskFilter(OfProgramme):
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


class IssueFilter(OfProgramme):
    """Filters of issues."""

    overdue = OverdueFilter("due_on", ~Q(state__in=[IssueState.RESOLVED, IssueState.CLOSED]))

    class Meta:
        model = Issue
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "severity": ["exact"],
            "state": ["exact"],
            "owner": ["exact"],
            "raised_on": RANGE,
            "due_on": RANGE,
        }


class ActionFilter(RecordFilter):
    """Filters of actions: of a programme, a project or an outcome are those of what it holds
    too."""

    programme = VisibleFilter(method="of_programme", queryset=visible(Programme))
    project = VisibleFilter(method="of_project", queryset=visible(Project))
    outcome = VisibleFilter(method="of_outcome", queryset=visible(Outcome))
    overdue = TruthFilter(method="late", label="Overdue")

    class Meta:
        model = Action
        fields: ClassVar[Any] = {
            "risk": ["exact"],
            "issue": ["exact"],
            "assumption": ["exact"],
            "recommendation": ["exact"],
            "decision": ["exact"],
            "meeting": ["exact"],
            "impacted_group": ["exact"],
            "portfolio": ["exact"],
            "owner": ["exact"],
            "state": ["exact"],
            "due_on": RANGE,
            "done_on": RANGE,
        }

    def of_programme(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """Return those of a programme, of its projects and of what they hold."""
        return queryset.filter(actions_of(value))

    def of_project(self, queryset: QuerySet, name: str, value: Project) -> QuerySet:
        """Return those of a project and of what it holds."""
        return queryset.filter(actions_in(value))

    def of_outcome(self, queryset: QuerySet, name: str, value: Outcome) -> QuerySet:
        """Return those of the transition to an outcome: its own, and those of its groups."""
        return queryset.filter(transition_of(outcome=value))

    def late(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        """Return those that are overdue, or the others."""
        return queryset.alias(_overdue=is_overdue()).filter(_overdue=value)


class ComplianceItemFilter(InProject):
    """Filters of compliance items."""

    overdue = OverdueFilter("due_on", ~Q(state=ComplianceState.GRANTED))

    class Meta:
        model = ComplianceItem
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "blocks": ["exact"],
            "state": ["exact"],
            "due_on": RANGE,
            "granted_on": RANGE,
        }
