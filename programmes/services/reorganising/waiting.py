"""What is settled about a programme or a project before it becomes a part of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from programmes.models import ExceptionReport
from programmes.models.exception.states import ExceptionState
from projects.models import (
    BudgetRequest,
    BudgetRequestState,
    ChangeRequest,
    ChangeState,
    ConditionState,
    Gate,
    GateCondition,
    GateState,
)

C = ChangeState
# What stays with it, in these states, and what settles it.
WAITING: dict[Any, tuple[tuple[str, ...], str]] = {
    Gate: ((GateState.OPEN,), "Decide or cancel"),
    GateCondition: ((ConditionState.OPEN,), "Meet"),
    BudgetRequest: ((BudgetRequestState.SUBMITTED,), "Decide or return"),
    ChangeRequest: ((C.IMPACT_ASSESSED, C.DEFERRED, C.APPROVED), "Settle or take back"),
}


def waiting(other: Any) -> Iterator[tuple[str, QuerySet]]:
    """Yield what waits to be decided or done about a programme or project, and holds it until then;
    each after what settles it."""
    for model, (states, does) in WAITING.items():
        yield does, model.objects.filter(**{other.grant_kind: other}, state__in=states)
    own = Q(**{f"case__{other.grant_kind}": other})
    if other.grant_kind == "project":
        own |= Q(project=other)
    yield "Decide", ExceptionReport.objects.filter(own, state=ExceptionState.OPEN)
