"""Verifying and rejecting what somebody measured of an objective."""

from django.db import transaction

from pmhub.models import User
from pmhub.services import check_move, judge_of, lock, save
from programmes.models import ObjectiveMeasurement
from programmes.models.states import ObjectiveMeasurementStatus

MEASURED = "Nobody verifies their own."


@transaction.atomic
def verify_objective_measurement(
    measurement: ObjectiveMeasurement, *, by: User
) -> ObjectiveMeasurement:
    """Verify a measurement: from now on it counts, in the place of an earlier one of the same
    day."""
    lock(measurement.objective)  # two verifiers of one day see one another
    check_move(lock(measurement), "verification")
    verifier = judge_of(measurement, "verified_by", "verifies this", by, own=MEASURED)
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
    """Reject a measurement; it stays on record and never counts."""
    check_move(lock(measurement), "rejection")
    measurement.verified_by = judge_of(
        measurement, "verified_by", "verifies this", by, own=MEASURED
    )
    measurement.status = ObjectiveMeasurementStatus.REJECTED
    return save(measurement, "status", "verified_by", by=by)
