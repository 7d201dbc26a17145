"""The duties of benefits: measuring, and verifying what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial

from benefits.models import (
    Benefit,
    BenefitMeasurement,
    BenefitProfileEntry,
    BenefitStatus,
    MeasurementStatus,
    ProfileKind,
)
from benefits.services import submit_measurement, verify_measurement
from pmhub.demo.life.duties import Day, Duty

MEASURED = (BenefitStatus.APPROVED, BenefitStatus.REALISING)


def duties(day: Day) -> Iterator[Duty]:
    """Yield what benefits ask for on a day."""
    yield from measurements(day)
    yield from verifications(day)


def measurements(day: Day) -> Iterator[Duty]:
    """Yield the benefits that should have been measured by now: the owner submits what came in the
    last planned period that is over and was not measured yet."""
    rows = Benefit.objects.filter(programme__portfolio=day.portfolio, status__in=MEASURED)
    rows = rows.filter(next_measurement_on__lte=day.on).select_related("owner").order_by("code")
    for benefit in rows:
        entry = _last_planned(benefit, day.on)
        if entry is None:
            continue
        value = (entry.value * day.random.randint(65, 115) / 100).quantize(Decimal("0.01"))
        submit = partial(
            submit_measurement, benefit, period_start=entry.period_start,
            period_end=entry.period_end, value=value, measured_on=day.on, source="Annual return",
        )  # fmt: skip
        yield Duty("benefits measured", benefit.owner, submit)


def _last_planned(benefit: Benefit, on: date) -> BenefitProfileEntry | None:
    """Return the last planned period that is over on a day and that nobody has measured."""
    planned = benefit.profile_entries.filter(version_kind=ProfileKind.APPROVED, period_end__lt=on)
    entry: BenefitProfileEntry | None = planned.order_by("-period_end").first()
    if entry and benefit.measurements.filter(period_end=entry.period_end).exists():
        return None
    return entry


def verifications(day: Day) -> Iterator[Duty]:
    """Yield the measurements that wait to be verified by the PMO."""
    rows = BenefitMeasurement.objects.filter(benefit__programme__portfolio=day.portfolio)
    for row in rows.filter(status=MeasurementStatus.SUBMITTED).order_by("pk"):
        if row.submitted_by_id != day.office.person.pk:
            yield Duty("measurements verified", None, partial(verify_measurement, row))
