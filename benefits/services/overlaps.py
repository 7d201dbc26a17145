"""Opening a case for each pair of benefits that may claim the same gain, and resolving it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from benefits.models import (
    Benefit,
    BenefitStatus,
    OverlapCase,
    OverlapResolution,
    ProfileVersion,
)
from benefits.models.overlap import OWN
from benefits.queries.overlaps import left_to_agree, new_overlaps
from pmhub.access.separation_of_duties import check_apart
from pmhub.formats import exactly
from pmhub.models import User
from pmhub.services import as_of, check_move, lock, person_of, refuse, refuse_state, turn
from programmes.models import Programme

GONE = (BenefitStatus.SUPERSEDED, BenefitStatus.WITHDRAWN)


def open_overlaps(**where: Any) -> int:
    """Open a case for each pair of benefits that may claim the same and has none; return how many
    pairs. `where` narrows the benefits that are compared."""
    return open_cases(list(new_overlaps(**where)))


@transaction.atomic
def open_cases(pairs: Sequence[tuple[int, int, int, str]]) -> int:
    """Open a case for each of these (programme, two benefits, cause); return how many. Pairs are
    left out of which a benefit has moved to another programme meanwhile."""
    ids = {id for _, first, second, _ in pairs for id in (first, second)}
    held = Benefit.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    homes = dict(held.values_list("pk", "programme_id"))
    pairs = [pair for pair in pairs if {homes.get(id) for id in pair[1:3]} == {pair[0]}]
    programmes = Programme.objects.select_related("portfolio").in_bulk([pair[0] for pair in pairs])
    cases = [
        OverlapCase(
            programme=programmes[programme],
            first_id=first,
            second_id=second,
            cause=cause,
            found_on=programmes[programme].portfolio.as_of,
        )
        for programme, first, second, cause in pairs
    ]
    # Another worker may insert the same case at the same time: one of the two is kept.
    return len(OverlapCase.objects.bulk_create(cases, ignore_conflicts=True))


@transaction.atomic
def resolve_overlap(
    case: OverlapCase,
    *,
    resolution: str,
    overlap_amount: Decimal | None = None,
    reason: str,
    by: User | None,
) -> OverlapCase:
    """Record what was agreed about two benefits that may claim the same. An amount that both claim
    is subtracted once; a merger or a reduction must have been recorded before."""
    check_move(lock(case), "resolution")
    check_apart(by, case, "resolution", OWN)
    if resolution == OverlapResolution.ACCEPTED:
        _check_amount(case, overlap_amount)
    elif overlap_amount is not None:
        refuse("overlap_amount", "An amount is said only where it is agreed that both claim it.")
    if resolution == OverlapResolution.MERGED and not _is_merged(case):
        refuse_state("resolution", "Record first that one of the two is superseded or withdrawn.")
    if resolution == OverlapResolution.REDUCED and not _is_reduced(case):
        refuse_state("resolution", "Write first what one of the two is planned or forecast to be.")
    return turn(
        case,
        noun="resolution",
        resolution=resolution,
        overlap_amount=overlap_amount,
        reason=reason,
        resolved_by=person_of(by),
        resolved_on=max(case.found_on, as_of(case)),
        by=by,
    )


def _check_amount(case: OverlapCase, amount: Decimal | None) -> None:
    if amount is None or amount <= 0:
        refuse("overlap_amount", "Say how much of it both claim, above 0.")
    smaller, left = left_to_agree(case, amount)
    if amount > smaller:
        least = exactly(smaller, case.programme.portfolio)
        refuse("overlap_amount", f"The smaller of the two comes to {least} over its whole life.")
    if amount > left:
        least = exactly(left, case.programme.portfolio)
        refuse(
            "overlap_amount", f"With what is agreed already, no more than {least} is left of it."
        )


def _is_merged(case: OverlapCase) -> bool:
    return any(benefit.status in GONE for benefit in (case.first, case.second))


def _is_reduced(case: OverlapCase) -> bool:
    """Return whether a profile of one of the two benefits was written after the overlap was
    found."""
    versions = ProfileVersion.objects.filter(benefit__in=[case.first_id, case.second_id])
    return versions.filter(created_at__gt=case.created_at).exists()
