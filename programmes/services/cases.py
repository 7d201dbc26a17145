"""Submitting and approving business cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db import transaction

from pmhub.models import User
from pmhub.parties import check_apart
from pmhub.services import (
    as_of,
    check_days,
    check_move,
    judge_of,
    lock,
    refuse_state,
    save,
    turn,
)
from programmes.models import BusinessCase, CaseState, OptionKind
from programmes.models.case.case import FEW, UNCHOSEN
from programmes.queries.cases import Compared, compared, discounting, money

FEWEST = 2  # to choose from
LEAST = (OptionKind.DO_NOTHING, OptionKind.DO_MINIMUM)
FIXED = (
    "state", "reason", "discount_schedule", "discount_rate", "npsv", "benefits_present_value",
    "costs_present_value",
)  # fmt: skip


@transaction.atomic
def submit_case(case: BusinessCase, *, reason: str = "", by: User | None) -> BusinessCase:
    """Submit a draft: from here on it stays, with what its options come to by the discounting of
    this moment. A reason takes the place of the one it gives for its choice."""
    check_move(lock(case), "submission")
    case.reason = reason.strip() or case.reason
    found = compared([case.pk])[case.pk]
    if len(found.options) < FEWEST or not any(option.row.kind in LEAST for option in found.options):
        refuse_state("state", FEW)
    chosen = found.of(case.preferred_option_id)
    if chosen is None:
        refuse_state("preferred_option", UNCHOSEN)
    if not case.reason.strip() and (better := list(_better(case, found))):
        text = f"Say why another is preferred: {' and '.join(better)}."
        refuse_state("reason", text)
    _, case.discount_schedule, case.discount_rate = discounting(case)
    case.npsv = chosen.npsv
    case.benefits_present_value = money(chosen.found.pv_benefits)
    case.costs_present_value = money(chosen.found.pv_costs)
    case.state = CaseState.SUBMITTED
    return save(case, *FIXED, by=by)


def _better(case: BusinessCase, found: Compared) -> Iterator[str]:
    """Name the options that are above the preferred one, by value or by ratio."""
    first = found.highest_npsv
    if first is not None and first.pk != case.preferred_option_id:
        yield f"{first.code} has the highest net present value"
    first = found.highest_bcr
    if first is not None and first.pk != case.preferred_option_id:
        yield f"{first.code} has the highest benefit-cost ratio"


@transaction.atomic
def approve_case(
    case: BusinessCase, *, approved_on: date | None = None, by: User | None
) -> BusinessCase:
    """Approve a submitted case, on a day or on the status date; the approved one of its kind gives
    way to it."""
    lock(case.place)  # two approvals of one kind see one another
    check_move(lock(case), "approval")
    approver = judge_of(case, "approved_by", "approves a case", by)
    same = BusinessCase.objects.filter(
        programme=case.programme_id, project=case.project_id, kind=case.kind
    )
    for before in same.filter(state=CaseState.APPROVED):
        before.state = CaseState.SUPERSEDED
        save(before, "state", by=by)
    case.state, case.approved_by = CaseState.APPROVED, approver
    case.approved_on = approved_on or as_of(case)
    check_days(case, ["approved_on"])
    return save(case, "state", "approved_by", "approved_on", by=by)


@transaction.atomic
def reject_case(case: BusinessCase, *, by: User | None) -> BusinessCase:
    """Turn a submitted case down; it stays on record."""
    check_move(lock(case), "rejection")
    check_apart(by, case, "state")
    return turn(case, noun="rejection", by=by)


def next_number(case: BusinessCase) -> int:
    """Return the number of the version that follows on those of the kind of a case."""
    same = BusinessCase._base_manager.filter(
        programme=case.programme_id, project=case.project_id, kind=case.kind
    )
    numbers = same.order_by("-number").values_list("number", flat=True)
    return (numbers.first() or 0) + 1
