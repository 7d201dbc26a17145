"""Submitting and approving business cases, and going on from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction

from pmhub.access.separation_of_duties import check_apart
from pmhub.models import User
from pmhub.services import (
    Conflict,
    as_of,
    check_days,
    check_move,
    judge_of,
    lock,
    refuse_state,
    save,
    turn,
)
from programmes.models import BusinessCase, CaseFlow, CaseOption, CaseState, OptionKind
from programmes.models.case.case import FEW, TEXTS, UNCHOSEN, UNRATED, UNWRITTEN, WORKED_OUT
from programmes.queries.cases import ComparedOptions, compared, discounting, money, why_passed

FEWEST = 2  # to choose from
LEAST = (OptionKind.DO_NOTHING, OptionKind.DO_MINIMUM)
# What is of one row alone, and no copy takes over.
OWN = {"id", "version", "created_at", "created_by", "updated_at", "updated_by"}


@transaction.atomic
def submit_case(case: BusinessCase, *, reason: str = "", by: User | None) -> BusinessCase:
    """Submit a draft: from now on it does not change. The present values of its options, by the
    present discounting, are stored with it. Where another option is better and the case does not
    say why it is not preferred, `reason` says so."""
    check_move(lock(case), "submission")
    lock(case.owner_portfolio)  # who writes a rate waits, or is waited for
    table = compared([case.pk])[case.pk]
    if errors := missing_for_submission(case, table):
        raise Conflict(errors)
    _check_reach(case)
    chosen = table.of(case.preferred_option_id)
    worth = chosen and chosen.worth
    assert chosen  # noqa: S101  # it lacks nothing
    assert worth  # noqa: S101  # nor do its options
    if not case.reason.strip() and (better := list(_better(case, table))):
        case.reason = reason.strip()
        if not case.reason:
            refuse_state("reason", f"Say why another is preferred: {' and '.join(better)}.")
    _, case.discount_schedule, case.discount_rate = discounting(case)
    case.npsv = chosen.npsv
    case.benefits_present_value = money(worth.pv_benefits)
    case.costs_present_value = money(worth.pv_costs)
    case.state = CaseState.SUBMITTED
    return save(case, "state", "reason", *WORKED_OUT, by=by)


def missing_for_submission(case: BusinessCase, table: ComparedOptions) -> dict[str, Any]:
    """Return what a case still lacks to be submitted, as sentences by field."""
    errors = {name: [UNWRITTEN] for name in TEXTS if not getattr(case, name)}
    if len(table.options) < FEWEST or not any(option.row.kind in LEAST for option in table.options):
        errors["state"] = [FEW]
    elif any(option.unrated for option in table.options):
        errors["state"] = [UNRATED]
    if table.of(case.preferred_option_id) is None:
        errors["preferred_option"] = [UNCHOSEN]
    return errors


def _check_reach(case: BusinessCase) -> None:
    """Refuse a case whose stage is passed."""
    if reason := why_passed(case):
        refuse_state("kind", reason)


def _better(case: BusinessCase, table: ComparedOptions) -> Iterator[str]:
    """Yield in words which options are above the preferred one, by value or by ratio."""
    first = table.highest_npsv
    if first is not None and first.pk != case.preferred_option_id:
        yield f"{first.code} has the highest net present value"
    first = table.highest_bcr
    if first is not None and first.pk != case.preferred_option_id:
        yield f"{first.code} has the highest benefit-cost ratio"


@transaction.atomic
def approve_case(
    case: BusinessCase, *, approved_on: date | None = None, by: User | None
) -> BusinessCase:
    """Approve a submitted case, on a day or on the status date; the approved case of the same kind
    is superseded."""
    lock(case.place)  # two approvals of one kind see one another
    check_move(lock(case), "approval")
    _check_reach(case)
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
def reject_case(case: BusinessCase, *, reason: str, by: User | None) -> BusinessCase:
    """Reject a submitted case; it stays on record with the reason."""
    check_move(lock(case), "rejection")
    check_apart(by, case, "state")
    return turn(case, noun="rejection", rejection_reason=reason, by=by)


@transaction.atomic
def copy_options(case: BusinessCase, *, by: User | None) -> BusinessCase:
    """Copy to a new case the options of the case from which it is begun, with their flows and the
    preferred option."""
    before = case.begun_from
    assert before  # noqa: S101  # it is begun from one
    options = {row.pk: _copy(row, by=by, case=case) for row in before.options.all()}
    CaseOption.objects.bulk_create(options.values())
    flows = CaseFlow.objects.filter(option__case=before).order_by("fiscal_year", "pk")
    CaseFlow.objects.bulk_create(_copy(row, by=by, option=options[row.option_id]) for row in flows)
    case.preferred_option = options.get(before.preferred_option_id or 0)
    return save(case, "preferred_option", by=by)


def _copy(row: Any, *, by: User | None, **changed: Any) -> Any:
    """Return an unsaved copy of a row, with some values changed."""
    names = [field.name for field in row._meta.concrete_fields if field.name not in OWN]
    values = {name: getattr(row, name) for name in names if name not in changed}
    return type(row)(**values, **changed, created_by=by, updated_by=by)


def next_number(case: BusinessCase) -> int:
    """Return the number of the next version of a case of this kind."""
    same = BusinessCase._base_manager.filter(
        programme=case.programme_id, project=case.project_id, kind=case.kind
    )
    numbers = same.order_by("-number").values_list("number", flat=True)
    return (numbers.first() or 0) + 1
