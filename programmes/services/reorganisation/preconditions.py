"""What has to be settled about a programme or a project before it becomes a part of another or is
split."""

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
from projects.queries.inspections import critical_unsettled, failed_last

C = ChangeState
# Records that stay behind: by model the collection, the states that wait, and what settles them.
WAITING: dict[Any, tuple[str, tuple[str, ...], str]] = {
    Gate: ("gates", (GateState.OPEN,), "Decide or cancel"),
    BudgetRequest: ("budget-requests", (BudgetRequestState.SUBMITTED,), "Decide or return"),
    ChangeRequest: (
        "change-requests", (C.IMPACT_ASSESSED, C.DEFERRED, C.APPROVED), "Settle or take back",
    ),
}  # fmt: skip
Waits = tuple[str, str, QuerySet]  # what settles rows, their collection, and the rows


def waiting(other: Any) -> Iterator[Waits]:
    """Yield what waits for a decision or an action about a programme or project and would stay with
    it, and so has to be settled before a merger."""
    for model, (collection, states, does) in WAITING.items():
        rows = model.objects.filter(**{other.grant_kind: other}, state__in=states)
        yield does, collection, rows
    yield from merger_blockers(other)


def merger_blockers(record: Any) -> Iterator[Waits]:
    """Yield what prevents a step of a programme or project now, and would no longer prevent it once
    its work is part of another one."""
    conditions = GateCondition.objects.filter(state=ConditionState.OPEN)
    yield "Meet", "gate-conditions", conditions.filter(**{record.grant_kind: record})
    own = Q(**{f"case__{record.grant_kind}": record})
    if record.grant_kind == "project":
        own |= Q(project=record)
        yield "Pass", "inspections", failed_last(record)
        yield "Correct and verify", "findings", critical_unsettled(record)
    yield "Decide", "exceptions", ExceptionReport.objects.filter(own, state=ExceptionState.OPEN)
