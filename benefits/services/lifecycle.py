"""The moves of a benefit that ask something of its records.

A move that is not here is made by `turn`. To let it refuse something, add a function for it here
and name it in `verbs` of `BenefitSerializer`.
"""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from benefits.models import (
    Benefit,
    BenefitKind,
    BenefitMeasurement,
    BenefitStatus,
    MeasurementStatus,
    ProfileKind,
)
from benefits.queries import plan
from pmhub.database.statements import ID, Rows
from pmhub.models import User
from pmhub.services import as_of, check_move, lock, refuse_state, turn


@transaction.atomic
def profile_benefit(benefit: Benefit, *, by: User | None) -> Benefit:
    """Record that a benefit is described well enough to be judged."""
    check_move(lock(benefit), "profiling")
    fields = {
        "its measure": benefit.measure,
        "its unit": benefit.unit,
        "its baseline": benefit.baseline_value is not None and benefit.baseline_on,
        "its target": benefit.target_value is not None and benefit.target_on,
        "its owner": benefit.owner_id,
        "how it is measured": benefit.measurement_method,
    }
    if missing := [name for name, given in fields.items() if not given]:
        refuse_state("status", f"Say first: {', '.join(missing)}.")
    return turn(benefit, noun="profiling", by=by)


@transaction.atomic
def approve_benefit(benefit: Benefit, *, by: User | None) -> Benefit:
    """Approve what is planned for a benefit."""
    check_move(lock(benefit), "approval")
    if not benefit.profile_entries.exclude(version_kind=ProfileKind.FORECAST).exists():
        refuse_state("status", "Enter first what is planned, as baseline or approved version.")
    return turn(benefit, noun="approval", by=by)


@transaction.atomic
def start_benefit(
    benefit: Benefit, *, start_realising_on: date | None = None, by: User | None
) -> Benefit:
    """Record that a benefit is being realised: something is measured, or its first day is here."""
    check_move(lock(benefit), "start")
    begins = start_realising_on or benefit.start_realising_on
    begun = begins is not None and begins <= as_of(benefit)
    if not begun and not _verified(benefit).exists():
        refuse_state("status", "Verify its first measurement, or reach its first day.")
    return turn(benefit, noun="start", start_realising_on=begins, by=by)


@transaction.atomic
def achieve_benefit(benefit: Benefit, *, by: User | None) -> Benefit:
    """Record that a benefit is realised: measured to come to its target, within its tolerance. The
    target of a flow is what is planned for its whole life, that of a stock the way from its
    baseline."""
    check_move(lock(benefit), "achievement")
    if not _reached(benefit):
        refuse_state("status", "What was measured does not come to its target yet.")
    return turn(benefit, noun="achievement", by=by)


def realised_now(benefit: Benefit, by: User | None) -> list[str]:
    """Return the state "realised" where what was measured of the benefit comes to its target; else
    none."""
    return [BenefitStatus.REALISED] if _reached(benefit) else []


def missed_now(benefit: Benefit, by: User | None) -> list[str]:
    """Return the state "missed" where the target day of the benefit has passed; else none."""
    return [BenefitStatus.MISSED] if _is_past(benefit) else []


# What was measured of a benefit and verified, in all; no row if that is nothing.
TOTALS = Rows(
    lambda: (
        BenefitMeasurement.objects.filter(benefit_id=ID, status=MeasurementStatus.VERIFIED)
        .order_by()
        .values("benefit")
        .annotate(total=Sum("value"))
        .values_list("total", flat=True)
    )
)


def _reached(benefit: Benefit) -> bool:
    share = 1 - (benefit.tolerance_percent or Decimal(0)) / 100
    if benefit.kind == BenefitKind.FLOW:
        planned = sum((period.value for period in plan(benefit)), Decimal(0))
        got = next(iter(TOTALS(id=benefit.pk)), None)
        return bool(planned) and got is not None and got >= share * planned
    last = _verified(benefit).order_by("-period_end").first()
    start, aim = benefit.baseline_value, benefit.target_value
    if last is None or start is None or aim is None or start == aim:
        return False
    return (last.value - start) / (aim - start) >= share


def _verified(benefit: Benefit) -> QuerySet[BenefitMeasurement]:
    return benefit.measurements.filter(status=MeasurementStatus.VERIFIED)


def _is_past(benefit: Benefit) -> bool:
    return benefit.target_on is not None and benefit.target_on < as_of(benefit)


@transaction.atomic
def miss_benefit(benefit: Benefit, *, by: User | None) -> Benefit:
    """Record that a benefit was missed: its target day has passed."""
    check_move(lock(benefit), "miss")
    if not _is_past(benefit):
        refuse_state("status", "Its target day has not passed.")
    return turn(benefit, noun="miss", by=by)
