"""Ending claims to a share of a benefit when their programmes change."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from benefits.models import ClaimState, SharedBenefitClaim
from pmhub.models import User
from programmes.models import Programme


def end_own_claims(owner: Programme, claimant: Programme, *, by: User | None) -> int:
    """Withdraw the claims of `claimant` to benefits of `owner`, which become its own; return how
    many there were."""
    return _end(SharedBenefitClaim.objects.filter(benefit__programme=owner, programme=claimant), by)


def end_double_claims(programme: Programme, other: Programme, *, by: User | None) -> int:
    """Withdraw the claims of the other programme to benefits of which this one claims a share
    itself, as both become one; return how many there were."""
    own = programme.benefit_claims.exclude(state=ClaimState.WITHDRAWN)
    return _end(other.benefit_claims.filter(benefit__in=own.values("benefit")), by)


def _end(claims: QuerySet[SharedBenefitClaim], by: User | None) -> int:
    return claims.exclude(state=ClaimState.WITHDRAWN).update(
        state=ClaimState.WITHDRAWN, updated_by=by, updated_at=timezone.now()
    )
