"""Claims to a share of a benefit that end because of what becomes of the two programmes."""

from __future__ import annotations

from django.utils import timezone

from benefits.models import ClaimState, SharedBenefitClaim
from pmhub.models import User
from programmes.models import Programme


def end_own_claims(owner: Programme, claimant: Programme, *, by: User | None) -> int:
    """Withdraw what one programme claims of benefits of another that become its own; return how
    many claims that are."""
    rows = SharedBenefitClaim.objects.filter(benefit__programme=owner, programme=claimant)
    return rows.exclude(state=ClaimState.WITHDRAWN).update(
        state=ClaimState.WITHDRAWN, updated_by=by, updated_at=timezone.now()
    )
