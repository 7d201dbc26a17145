"""The verbs of benefits: measuring, verifying, and saying which projects contribute."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from benefits.models import (
    Benefit,
    BenefitContribution,
    BenefitKind,
    BenefitMeasurement,
    BenefitReview,
    BenefitStatus,
    EvidenceGrade,
    MeasurementStatus,
    ProfileVersion,
    ReviewCause,
    ReviewDecision,
    ReviewState,
)
from pmhub.constraints import overlap
from pmhub.history import because
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
    turn,
)
from projects.models import Project


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
    return add(measurement, by=by)


@transaction.atomic
def profile_benefit(benefit: Benefit, *, by: User | None) -> Benefit:
    """Record that a benefit is described well enough to be judged."""
    check_move(lock(benefit), "profiling")
    said = {
        "its measure": benefit.measure,
        "its unit": benefit.unit,
        "its baseline": benefit.baseline_value is not None and benefit.baseline_on,
        "its target": benefit.target_value is not None and benefit.target_on,
        "its owner": benefit.owner_id,
        "how it is measured": benefit.measurement_method,
    }
    if missing := [name for name, given in said.items() if not given]:
        refuse_state("status", f"Say first: {', '.join(missing)}.")
    return turn(benefit, noun="profiling", by=by)


@transaction.atomic
def approve_benefit(benefit: Benefit, *, by: User | None) -> Benefit:
    """Approve what is planned for a benefit."""
    check_move(lock(benefit), "approval")
    if not benefit.profile_entries.exclude(version_kind=ProfileVersion.FORECAST).exists():
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
    """Record that a benefit is realised: measured to come to its target, within its tolerance.
    A flow aims at what is planned for its whole life, a level at the way from its baseline."""
    check_move(lock(benefit), "achievement")
    share = 1 - (benefit.tolerance_percent or Decimal(0)) / 100
    if not _reached(benefit, share):
        refuse_state("status", "What was measured does not come to its target yet.")
    return turn(benefit, noun="achievement", by=by)


def _reached(benefit: Benefit, share: Decimal) -> bool:
    if benefit.kind == BenefitKind.FLOW:
        planned = benefit.profile_entries.filter(version_kind=ProfileVersion.APPROVED)
        aim, got = (
            rows.aggregate(total=Sum("value"))["total"] for rows in (planned, _verified(benefit))
        )
        return bool(aim) and got is not None and got >= share * aim
    last = _verified(benefit).order_by("-period_end").first()
    start, aim = benefit.baseline_value, benefit.target_value
    if last is None or start is None or aim is None or start == aim:
        return False
    return (last.value - start) / (aim - start) >= share


def _verified(benefit: Benefit) -> QuerySet[BenefitMeasurement]:
    return benefit.measurements.filter(status=MeasurementStatus.VERIFIED)


@transaction.atomic
def miss_benefit(benefit: Benefit, *, by: User | None) -> Benefit:
    """Record that a benefit did not come by its day."""
    check_move(lock(benefit), "miss")
    if benefit.target_on is None or benefit.target_on >= as_of(benefit):
        refuse_state("status", "Its target day has not passed.")
    return turn(benefit, noun="miss", by=by)


@transaction.atomic
def verify_measurement(
    measurement: BenefitMeasurement, *, supersedes: Collection[int] = (), by: User
) -> BenefitMeasurement:
    """Confirm a measurement: from now on it counts, instead of an earlier one of its period.

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
    """The verified measurements of its benefit whose days it shares, in order of time."""
    return measurement.benefit.measurements.filter(
        status=MeasurementStatus.VERIFIED,
        period_start__lte=measurement.period_end,
        period_end__gte=measurement.period_start,
    ).order_by("period_start")


def _replaced(
    measurement: BenefitMeasurement, supersedes: Collection[int]
) -> Iterable[BenefitMeasurement]:
    """The verified measurements that it takes the place of: no day is measured twice."""
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
    """Turn a measurement down; it stays on record and never counts."""
    check_move(lock(measurement), "rejection")
    measurement.verified_by = _independent(measurement, by)
    measurement.status = MeasurementStatus.REJECTED
    return save(measurement, "status", "verified_by", by=by)


def _independent(measurement: BenefitMeasurement, by: User) -> Person:
    """The person who judges: neither whose measurement it is nor whose project it praises."""
    judge = person_of(by)
    if judge is None:
        refuse("verified_by", "Only somebody in the directory of people can verify.")
    if judge.pk == measurement.submitted_by_id or by.pk == measurement.created_by_id:
        refuse("verified_by", "Nobody verifies their own measurement.")
    if measurement.benefit.contributions.filter(project__project_manager=judge).exists():
        refuse("verified_by", "A project manager does not verify what their own project brings.")
    return judge


@transaction.atomic
def set_contributions(
    benefit: Benefit, weights: Mapping[Project, Decimal], *, by: User | None
) -> list[BenefitContribution]:
    """Say how much each project contributes, all at once; projects not named contribute nothing.

    What the weights leave of 1 is unattributed.
    """
    lock(benefit)  # as the database's own check of the sum does
    if any(not 0 < weight <= 1 for weight in weights.values()):
        refuse("weight", "A weight is above 0 and at most 1.")
    if sum(weights.values()) > 1:
        refuse("weight", "The weights of a benefit sum to at most 1.")
    kept = {row.project_id: row for row in benefit.contributions.all()}
    benefit.contributions.exclude(project__in=weights).delete()
    return [
        _set_weight(kept.get(project.pk), benefit, project, weight, by=by)
        for project, weight in weights.items()
    ]


def _set_weight(
    row: BenefitContribution | None,
    benefit: Benefit,
    project: Project,
    weight: Decimal,
    *,
    by: User | None,
) -> BenefitContribution:
    if row is None:
        return add(BenefitContribution(benefit=benefit, project=project, weight=weight), by=by)
    if row.weight != weight:
        row.weight = weight
        save(row, "weight", by=by)
    return row


# Reviews

DAYS_TO_ANSWER = timedelta(days=30)
GIVEN_UP = (BenefitStatus.WITHDRAWN, BenefitStatus.SUPERSEDED)


def ask_reviews(project: Project, cause: str, *, by: User | None) -> list[BenefitReview]:
    """Ask the owners of the benefits that a project contributes to what becomes of them, once for
    each contribution; of what was given up before, nothing is asked."""
    contributions = (
        BenefitContribution.objects.filter(project=project)
        .exclude(benefit__status__in=GIVEN_UP)
        .exclude(
            pk__in=BenefitReview.objects.filter(state=ReviewState.OPEN, cause=cause).values(
                "contribution"
            )
        )
        .select_related("benefit__programme__portfolio", "benefit__owner")
    )
    return [_ask(each, cause, by=by) for each in contributions]


def _ask(contribution: BenefitContribution, cause: str, *, by: User | None) -> BenefitReview:
    benefit = contribution.benefit
    today = benefit.programme.portfolio.as_of
    review = BenefitReview(
        benefit=benefit,
        contribution=contribution,
        cause=cause,
        asked_on=today,
        due_on=today + DAYS_TO_ANSWER,
        reviewer=benefit.owner,
    )
    return add(review, by=by)


def withdraw_reviews(project: Project, *, findings: str, by: User | None) -> None:
    """Answer what was asked when a project was stopped: it goes on, and its benefits come."""
    asked = BenefitReview.objects.filter(
        contribution__project=project, cause=ReviewCause.TERMINATION, state=ReviewState.OPEN
    )
    for review in asked.order_by("pk"):
        answer_review(review, decision=ReviewDecision.CONFIRM, findings=findings, by=by)


@transaction.atomic
def answer_review(
    review: BenefitReview, *, decision: str, findings: str = "", by: User | None
) -> BenefitReview:
    """Say what becomes of the benefit: it comes all the same, the forecast entered since it was
    asked says what comes, or it is withdrawn for the reason in `findings`."""
    benefit = lock(lock(review).benefit)
    if review.state != ReviewState.OPEN:
        refuse_state("state", "This review is answered already.")
    if decision == ReviewDecision.REFORECAST and not _forecast_since(review):
        refuse_state("decision", "Enter the new forecast of the benefit first.")
    if decision == ReviewDecision.WITHDRAW and not findings.strip():
        refuse("findings", "Say why the benefit is withdrawn.")
    review.state, review.decision, review.findings = ReviewState.ANSWERED, decision, findings
    review.decided_by = person_of(by)
    review.decided_on = max(review.asked_on, benefit.programme.portfolio.as_of)
    with because(findings):
        save(review, "state", "decision", "findings", "decided_by", "decided_on", by=by)
        if decision == ReviewDecision.WITHDRAW and benefit.status not in GIVEN_UP:
            benefit.status = BenefitStatus.WITHDRAWN
            save(benefit, "status", by=by)
    return review


def _forecast_since(review: BenefitReview) -> bool:
    """Return whether a forecast of the benefit was entered after it was asked."""
    entries = review.benefit.profile_entries.filter(version_kind=ProfileVersion.FORECAST)
    return entries.filter(updated_at__gt=review.created_at).exists()
