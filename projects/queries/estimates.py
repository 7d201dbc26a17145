"""How good finished estimates were, by who made them and how."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from projects.estimating import Accuracy, accuracy
from projects.models import Project
from projects.models.estimate import came_to

Outcome = tuple[Decimal, Decimal, Decimal, Decimal]  # low, likely, high, actual
# The criteria by which estimates are compared: the field, and its name in the result.
BY = {
    "estimator__name": "estimator",
    "discipline__name": "discipline",
    "accuracy_class": "accuracy_class",
    "method": "method",
}


@dataclass(frozen=True, slots=True)
class Line:
    """How good the estimates of one kind were: `by` names the criterion, `called` its value."""

    by: str
    called: str
    found: Accuracy


def accuracies(rows: Any) -> list[Line]:
    """Return how good those of these estimates were whose subject is finished, in all and by each
    criterion of `BY`. One query."""
    finished = rows.annotate(came_to=came_to()).filter(came_to__isnull=False)
    estimates = finished.order_by().values_list("low", "likely", "high", "came_to", *BY)
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for low, likely, high, actual, *kinds in estimates:
        outcome = low, likely, high, actual
        groups["all", ""].append(outcome)
        for name, kind in zip(BY.values(), kinds, strict=True):
            if kind is not None:
                groups[name, str(kind)].append(outcome)
    return [Line(*key, accuracy(outcomes)) for key, outcomes in sorted(groups.items(), key=_place)]


def _place(group: tuple[tuple[str, str], Sequence[Outcome]]) -> tuple[int, str]:
    (by, called), _ = group
    order: Iterable[str] = ("all", *BY.values())
    return [*order].index(by), called


def of_project(project: Project) -> Q:
    """Return the condition under which an estimate is of a project or of records within it."""
    held = ("", "budget_line__", "milestone__", "work_package__")
    return Q(*((f"{prefix}project", project) for prefix in held), _connector=Q.OR)
