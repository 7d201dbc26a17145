"""What was approved of projects and programmes since their plans, which delegated limits weigh
together with what is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Max

from programmes.delegated_limits import Approval, Approved, Plan
from programmes.models import BusinessCase
from programmes.models.case.states import KNOWN
from projects.changes import weighed
from projects.models import Baseline, BudgetRequest, ChangeRequest, ChangeState
from projects.models.budget.states import GRANTED

NONE = Decimal(0)
STANDING = (ChangeState.APPROVED, ChangeState.IMPLEMENTED, ChangeState.CLOSED)
Place = tuple[str, int]  # project or programme, and its id


def place_of(project: int | None, programme: int | None) -> Place:
    """Return the place that one of two ids names."""
    return ("project", project) if project else ("programme", programme or 0)


def approved_of(place: Any, *, but: ChangeRequest | None = None) -> Approved:
    """Return what was approved of a project or a programme, without the change request `but`."""
    key = (str(place._meta.model_name), place.pk)
    return approved_by_place([key], but=but)[key]


def approved_by_place(
    places: Iterable[Place], *, but: ChangeRequest | None = None
) -> dict[Place, Approved]:
    """Return what was approved of each of these projects and programmes: change requests and
    budget requests, with the plans since which they count. The plan of a project is its approved
    baseline, that of a programme its approved business case."""
    ids: dict[str, set[int]] = {"project": set(), "programme": set()}
    for kind, id in places:
        ids[kind].add(id)
    approvals: dict[Place, list[Approval]] = defaultdict(list)
    plans: dict[Place, list[Plan]] = defaultdict(list)
    for kind, there in ids.items():
        if there:
            made = _changes(kind, there, but, approvals)
            _requests(kind, there, approvals)
            _plans(kind, there, made, plans)
    return {
        (kind, id): Approved(approvals[kind, id], plans[kind, id])
        for kind, there in ids.items()
        for id in there
    }


def _changes(
    kind: str, ids: set[int], but: ChangeRequest | None, approvals: dict[Place, list[Approval]]
) -> dict[tuple[int, str], str]:
    """Add the approved changes of these places; return the levels that decided those which gave
    their project another plan, by project and the reason of that plan."""
    rows = ChangeRequest.objects.filter(**{f"{kind}__in": ids}, state__in=STANDING)
    rows = rows.exclude(pk=but.pk if but else 0).annotate(at=Max("votes__created_at"))
    replanned: dict[tuple[int, str], str] = {}
    for change in rows:
        id = getattr(change, f"{kind}_id")
        cost, days = weighed(
            max(change.previewed_cost or NONE, change.previewed_funding or NONE),
            change.previewed_days,
            said_cost=change.cost_impact,
            said_days=change.days_impact,
        )
        approval = Approval(
            on=change.decided_on,  # type: ignore[arg-type]  # what was approved has its day
            at=change.at or change.updated_at,
            cost=cost,
            days=days,
            benefit_pct=change.previewed_benefit_pct or NONE,
        )
        approvals[kind, id].append(approval)
        if change.rebaseline:
            replanned[id, str(change)] = change.level
    return replanned


def _requests(kind: str, ids: set[int], approvals: dict[Place, list[Approval]]) -> None:
    rows = BudgetRequest.objects.filter(**{f"{kind}__in": ids}, state__in=GRANTED)
    for id, on, at, amount in rows.values_list(
        f"{kind}_id", "decided_on", "updated_at", "approved_amount"
    ):
        approvals[kind, id].append(Approval(on, at, amount))


def _plans(
    kind: str, ids: set[int], made: dict[tuple[int, str], str], plans: dict[Place, list[Plan]]
) -> None:
    if kind == "project":
        rows = Baseline.objects.filter(project__in=ids, approved_on__isnull=False)
        for id, on, at, reason in rows.order_by("number").values_list(
            "project_id", "approved_on", "created_at", "reason"
        ):
            plans[kind, id].append(Plan(on, at, made.get((id, reason))))  # type: ignore[arg-type]  # its day
        return
    cases = BusinessCase.objects.filter(programme__in=ids, state__in=KNOWN)
    for id, on, at in cases.order_by("approved_on", "pk").values_list(
        "programme_id", "approved_on", "updated_at"
    ):
        plans[kind, id].append(Plan(on, at))  # type: ignore[arg-type]  # as above
