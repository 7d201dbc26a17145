"""Filters of estimates."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters as df
from django.db.models import Q, QuerySet

from pmhub.filters import RANGE, RecordFilter, TruthFilter, VisibleFilter, visible
from projects.models import Estimate, Project
from projects.models.estimate import is_current
from projects.queries.estimates import of_project

CLASSES = [(number, str(number)) for number in range(5, 0, -1)]  # AACE's, the roughest first


class EstimateFilter(RecordFilter):
    """Filters of estimates; `within` finds those of a project and of the records within it."""

    current = TruthFilter(method="last_of_its_subject")
    accuracy_class = df.TypedChoiceFilter(choices=CLASSES, coerce=int)
    within = VisibleFilter(method="of_what_it_holds", queryset=visible(Project))

    class Meta:
        model = Estimate
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "budget_line": ["exact"],
            "milestone": ["exact"],
            "work_package": ["exact"],
            "quantity": ["exact"],
            "method": ["exact"],
            "accuracy_class": ["exact"],
            "estimator": ["exact"],
            "discipline": ["exact"],
            "made_on": RANGE,
        }

    def last_of_its_subject(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Return the last estimates of each subject and quantity, or those before the last."""
        return rows.alias(last=is_current()).filter(last=value)

    def of_what_it_holds(self, rows: QuerySet, name: str, value: Project) -> QuerySet:
        """Return the estimates of a project, its budget lines, milestones and work packages."""
        condition: Q = of_project(value)
        return rows.filter(condition)
