"""Moving a benefit to another programme, with what was planned and measured of it."""

from django.db import transaction
from django.db.models import F, Q

from benefits.models import Benefit, BenefitLink, ClaimState, OverlapCase, OverlapState
from benefits.models.overlap import COUNTS
from pmhub.models import User
from pmhub.services import lock, refuse, refuse_state, save
from programmes.models import Programme
from programmes.models.closure_triggers import ENDED


@transaction.atomic
def move_benefit(benefit: Benefit, *, to_programme: Programme, by: User | None) -> Benefit:
    """Move a benefit to another programme of the portfolio. Its profiles, measurements and
    contributions go along; its links in the benefits map are removed."""
    lock(benefit)
    if to_programme.pk == benefit.programme_id:
        refuse("to_programme", "The benefit is there already.")
    if to_programme.portfolio_id != benefit.programme.portfolio_id:
        refuse("to_programme", "Choose a programme of the same portfolio.")
    if to_programme.stage in ENDED:
        refuse_state("to_programme", "This programme has ended: choose another.")
    _check_no_overlap(benefit)
    for name in ("from_benefit", "to_benefit"):
        BenefitLink.objects.filter(**{name: benefit}).delete()
    _end_claim(benefit, to_programme, by)
    benefit.programme = to_programme
    return save(benefit, "programme", by=by)


def _end_claim(benefit: Benefit, to_programme: Programme, by: User | None) -> None:
    """Withdraw the claim of the new owner: no programme claims a share of its own benefit."""
    claims = benefit.claims.filter(programme=to_programme).exclude(state=ClaimState.WITHDRAWN)
    for claim in claims:
        claim.state = ClaimState.WITHDRAWN
        save(claim, "state", by=by)


def _check_no_overlap(benefit: Benefit) -> None:
    """Refuse to move a benefit with an open or accepted overlap: the sum of two programmes cannot
    subtract what both benefits claim."""
    together = OverlapCase.objects.filter(COUNTS, first__programme=F("second__programme"))
    case = together.filter(Q(first=benefit) | Q(second=benefit)).order_by("state", "pk").first()
    if case and case.state == OverlapState.OPEN:
        refuse_state("to_programme", f"Resolve the overlap of {case} first.")
    if case:
        refuse_state("to_programme", f"What {case} both claim is counted once: both stay.")
