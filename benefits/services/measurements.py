"""The verbs of measurements: submitting, confirming, verifying and rejecting."""

import itertools
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from benefits.models import (
    Benefit,
    BenefitMeasurement,
    BenefitStatus,
    EvidenceGrade,
    Frequency,
    MeasurementStatus,
)
from benefits.queries import MONTHS
from benefits.realisation.periods import months_after
from pmhub.access.posts import people_of
from pmhub.access.separation_of_duties import on_one_side
from pmhub.database.constraints import overlap
from pmhub.models import Person, User
from pmhub.services import (
    add,
    as_of,
    check_days,
    check_move,
    lock,
    person_of,
    refuse,
    refuse_state,
    save,
)

EARLY = timedelta(days=14)  # as long before its day a measurement is asked for


@transaction.atomic
def submit_measurement(
    benefit: Benefit,
    *,
    period_start: date,
    period_end: date,
    value: Decimal,
    measured_on: date | None = None,
    source: str = "",
    evidence_grade: str = EvidenceGrade.MEASURED,
    by: User | None,
) -> BenefitMeasurement:
    """Record what was measured; it counts once somebody else has verified it."""
    measurement = BenefitMeasurement(
        benefit=benefit,
        period_start=period_start,
        period_end=period_end,
        value=value,
        measured_on=measured_on,
        source=source,
        evidence_grade=evidence_grade,
        submitted_by=person_of(by),
    )
    check_days(measurement, measurement.happened)
    add(measurement, by=by)
    plan_next_measurement(measurement, by=by)
    return measurement


def plan_next_measurement(measurement: BenefitMeasurement, *, by: User | None) -> None:
    """Move the day of the next measurement of a benefit on, as often as it is measured, once it is
    measured on that day, after it or shortly before; not beyond the day to which it is
    sustained."""
    benefit: Benefit = lock(measurement.benefit)
    day = measurement.measured_on or as_of(benefit)
    planned, until = benefit.next_measurement_on, benefit.sustain_until
    if planned is None or day < planned - EARLY:
        return
    months = MONTHS[Frequency(benefit.frequency)]
    coming = (months_after(planned, months * count) for count in itertools.count(1))
    benefit.next_measurement_on = next(on for on in coming if on > day)
    if until is not None and day < until:
        benefit.next_measurement_on = min(until, benefit.next_measurement_on)
    save(benefit, "next_measurement_on", by=by)


@transaction.atomic
def confirm_measurement(measurement: BenefitMeasurement, *, by: User | None) -> BenefitMeasurement:
    """Record that the owner of the benefit confirms what somebody else has submitted."""
    lock(measurement)
    if measurement.status != MeasurementStatus.SUBMITTED or measurement.confirmed_by_id:
        refuse_state("status", "A measurement is confirmed once, while it is submitted.")
    owner = person_of(by)
    if owner is None or owner.pk == measurement.submitted_by_id:
        refuse("confirmed_by", "What one has submitted needs no confirmation of one's own.")
    measurement.confirmed_by = owner
    return save(measurement, "confirmed_by", by=by)


@transaction.atomic
def verify_measurement(
    measurement: BenefitMeasurement, *, supersedes: Collection[int] = (), by: User
) -> BenefitMeasurement:
    """Verify a measurement: from now on it counts, in the place of an earlier one of its period.

    Verified ones of other periods that it overlaps have to be named in `supersedes`, by id.
    """
    benefit = lock(measurement.benefit)  # two verifiers of one period see one another
    lock(measurement)
    check_move(measurement, "verification")
    verifier = _independent(measurement, by)
    measurement.clean()
    for old in _replaced(measurement, supersedes):
        old.status = MeasurementStatus.SUPERSEDED
        save(old, "status", by=by)
    measurement.status, measurement.verified_by = MeasurementStatus.VERIFIED, verifier
    save(measurement, "status", "verified_by", by=by)
    if benefit.status == BenefitStatus.APPROVED:
        benefit.status = BenefitStatus.REALISING
        save(benefit, "status", by=by)
    return measurement


def overlapped(measurement: BenefitMeasurement) -> QuerySet[BenefitMeasurement]:
    """Return the verified measurements of the same benefit whose days this one shares, in order of
    time."""
    return measurement.benefit.measurements.filter(
        status=MeasurementStatus.VERIFIED,
        period_start__lte=measurement.period_end,
        period_end__gte=measurement.period_start,
    ).order_by("period_start")


def _replaced(
    measurement: BenefitMeasurement, supersedes: Collection[int]
) -> Iterable[BenefitMeasurement]:
    """Return the verified measurements that this one replaces: no day is measured twice. Refuse one
    that shares days with another period not named in `supersedes`."""
    meeting = overlapped(measurement)
    if strangers := sorted(set(supersedes) - {old.pk for old in meeting}):
        refuse("supersedes", f"No verified measurement that it overlaps: {strangers[0]}.")
    period = (measurement.period_start, measurement.period_end)
    for old in meeting:
        if (old.period_start, old.period_end) != period and old.pk not in supersedes:
            met = overlap(old.period_start, old.period_end)
            refuse(
                "period_start", f"{met} That is verified: say that this supersedes it ({old.pk})."
            )
    return meeting


@transaction.atomic
def reject_measurement(measurement: BenefitMeasurement, *, by: User) -> BenefitMeasurement:
    """Reject a measurement; it stays on record and never counts."""
    check_move(lock(measurement), "rejection")
    measurement.verified_by = _independent(measurement, by)
    measurement.status = MeasurementStatus.REJECTED
    return save(measurement, "status", "verified_by", by=by)


def _independent(measurement: BenefitMeasurement, by: User) -> Person:
    """Return the person who judges. Refuse the submitter, the owner and the reporter of the
    benefit, and the managers of the projects that contribute to it."""
    judge = person_of(by)
    if judge is None:
        refuse("verified_by", "Only somebody in the directory of people can verify.")
    if on_one_side(by, measurement.submitted_by_id, author=measurement.created_by_id):
        refuse("verified_by", "Nobody verifies their own measurement.")
    if on_one_side(by, *people_of(measurement.benefit, "owner", "reporter")):
        refuse(
            "verified_by",
            "Neither who owns a benefit nor who reports it verifies what is measured of it.",
        )
    if on_one_side(by, *people_of(measurement, "benefit__contributions__project__project_manager")):
        refuse("verified_by", "A project manager does not verify what their own project brings.")
    return judge
