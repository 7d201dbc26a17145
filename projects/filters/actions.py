"""What narrows the list of actions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet

from pmhub.filters import RANGE, RecordFilter, TruthFilter, VisibleFilter, visible
from programmes.models import Outcome, Programme
from projects.models import (
    Action,
    Project,
)
from projects.queries import actions_in, actions_of, is_overdue, transition_of


class ActionFilter(RecordFilter):
    """Filters of actions. By programme, project or outcome they find the actions of the records
    within it, too."""

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
        """Return the actions of a programme, of its projects and of the records within."""
        return queryset.filter(actions_of(value))

    def of_project(self, queryset: QuerySet, name: str, value: Project) -> QuerySet:
        """Return the actions of a project and of the records within."""
        return queryset.filter(actions_in(value))

    def of_outcome(self, queryset: QuerySet, name: str, value: Outcome) -> QuerySet:
        """Return the actions of the transition to an outcome: its own, and those of its impacted
        groups."""
        return queryset.filter(transition_of(outcome=value))

    def late(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        """Return the actions that are overdue, or all others."""
        return queryset.alias(_overdue=is_overdue()).filter(_overdue=value)
