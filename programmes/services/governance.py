"""What one person says and another confirms: measurements of objectives, overrides of health."""

from typing import Any

from django.db import transaction

from pmhub.access import Withheld
from pmhub.database.constraints import overlap
from pmhub.models import Person, User
from pmhub.services import as_of, check_move, lock, on_one_side, person_of, refuse_state, save
from programmes.models import HealthOverride, ObjectiveMeasurement
from programmes.models.states import ObjectiveMeasurementStatus, OverrideState


@transaction.atomic
def verify_objective_measurement(
    measurement: ObjectiveMeasurement, *, by: User
) -> ObjectiveMeasurement:
    """Confirm a measurement: from now on it counts, in the place of an earlier one of its day."""
    lock(measurement.objective)  # two verifiers of one day see one another
    check_move(lock(measurement), "verification")
    verifier = another(measurement, "verified_by", "verify", by)
    same_day = measurement.objective.measurements.filter(
        status=ObjectiveMeasurementStatus.VERIFIED, on=measurement.on
    )
    for old in same_day:
        old.status = ObjectiveMeasurementStatus.SUPERSEDED
        save(old, "status", by=by)
    measurement.status, measurement.verified_by = ObjectiveMeasurementStatus.VERIFIED, verifier
    return save(measurement, "status", "verified_by", by=by)


@transaction.atomic
def reject_objective_measurement(
    measurement: ObjectiveMeasurement, *, by: User
) -> ObjectiveMeasurement:
    """Turn a measurement down; it stays on record and never counts."""
    check_move(lock(measurement), "rejection")
    measurement.verified_by = another(measurement, "verified_by", "verify", by)
    measurement.status = ObjectiveMeasurementStatus.REJECTED
    return save(measurement, "status", "verified_by", by=by)


@transaction.atomic
def approve_override(override: HealthOverride, *, by: User) -> HealthOverride:
    """Agree to a colour that somebody else proposes in the place of the derived one."""
    lock(override.target)  # two that would overlap see one another
    check_move(lock(override), "approval")
    approver = another(override, "approved_by", "approve", by)
    _check_time(override)
    override.state, override.approved_by = OverrideState.APPROVED, approver
    return save(override, "state", "approved_by", by=by)


def _check_time(override: HealthOverride) -> None:
    """Refuse an override whose time has passed, or in whose time another counts."""
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


def another(row: Any, field: str, does: str, by: User) -> Person:
    """The person who judges a row, who is not whose row it is. Raises Withheld at `field`."""
    person = person_of(by)
    if person is None:
        raise Withheld(field, f"Only somebody in the directory of people can {does} this.")
    if on_one_side(by, row.by_id, author=row.created_by_id):
        raise Withheld(field, f"Nobody can {does} their own.")
    return person
