"""Approving overrides of health."""

from django.db import transaction

from pmhub.database.constraints import overlap
from pmhub.models import User
from pmhub.services import as_of, check_move, judge_of, lock, refuse_state, save
from programmes.models import HealthOverride
from programmes.models.states import OverrideState

PROPOSED = "Nobody approves their own, or that of what they lead."


@transaction.atomic
def approve_override(override: HealthOverride, *, by: User) -> HealthOverride:
    """Approve a colour that somebody else proposes in the place of the derived one."""
    lock(override.target)  # two that would overlap see one another
    check_move(lock(override), "approval")
    approver = judge_of(override, "approved_by", "approves this", by, own=PROPOSED)
    _check_live(override)
    _check_time(override)
    override.state, override.approved_by = OverrideState.APPROVED, approver
    return save(override, "state", "approved_by", by=by)


def _check_live(override: HealthOverride) -> None:
    """Refuse an override for a programme or project that has ended."""
    if override.project is not None and not override.project.live:
        refuse_state("project", "The project has ended: it has no colour.")
    if override.programme is not None and override.programme.has_ended:
        refuse_state("programme", "The programme has ended: its colour stays.")


def _check_time(override: HealthOverride) -> None:
    """Refuse an override whose time has passed, or during which another one counts."""
    if override.expires_on < as_of(override):
        refuse_state("expires_on", "This has expired: propose another.")
    counting = HealthOverride.objects.filter(
        state=OverrideState.APPROVED,
        programme=override.programme,
        project=override.project,
        starts_on__lte=override.expires_on,
        expires_on__gte=override.starts_on,
    )
    if met := counting.first():
        refuse_state(
            "starts_on", f"{overlap(met.starts_on, met.expires_on)} Withdraw that one first."
        )
