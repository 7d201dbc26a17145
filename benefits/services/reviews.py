"""Asking the owner of a benefit what becomes of it, and the answer."""

from datetime import timedelta

from django.db import transaction

from benefits.models import (
    BenefitContribution,
    BenefitProfileEntry,
    BenefitReview,
    ProfileKind,
    ReviewCause,
    ReviewDecision,
    ReviewState,
)
from benefits.models.profile import SAID
from benefits.models.states import GIVEN_UP
from pmhub.database.history import because, events_of
from pmhub.models import User
from pmhub.services import add, lock, person_of, refuse, refuse_state, save, turn
from projects.models import Project

DAYS_TO_ANSWER = timedelta(days=30)
SAYS = ("id", "benefit", *SAID[1:])  # columns of an entry and of its history


def ask_reviews(project: Project, cause: str, *, by: User | None) -> list[BenefitReview]:
    """Ask the owners of the benefits that a project contributes to what becomes of them, once for
    each contribution. Benefits that were withdrawn or superseded before are left out."""
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
    return [_ask(contribution, cause, by=by) for contribution in contributions]


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
    """Answer the open reviews of a stopped project that goes on again: its benefits come."""
    reviews = BenefitReview.objects.filter(
        contribution__project=project, cause=ReviewCause.TERMINATION, state=ReviewState.OPEN
    )
    for review in reviews.order_by("pk"):
        answer_review(review, decision=ReviewDecision.CONFIRM, findings=findings, by=by)


@transaction.atomic
def answer_review(
    review: BenefitReview, *, decision: str, findings: str = "", by: User | None
) -> BenefitReview:
    """Answer a review with what becomes of the benefit: it comes all the same, the forecast entered
    since the question counts, or it is withdrawn for the reason in `findings`."""
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
            turn(benefit, noun="withdrawal", by=by)
    return review


def _forecast_since(review: BenefitReview) -> bool:
    """Return whether a forecast of the benefit was entered or changed after the review was opened.
    A conversion by another exchange rate is no new forecast."""
    entries = review.benefit.profile_entries.filter(version_kind=ProfileKind.FORECAST)
    events = events_of(BenefitProfileEntry).objects.filter(
        id__in=entries.values("pk"), pgh_created_at__lte=review.created_at
    )
    then = {id: values for id, *values in events.order_by("pgh_id").values_list(*SAYS)}
    return any(then.get(id) != values for id, *values in entries.values_list(*SAYS))
