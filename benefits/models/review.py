"""What an owner is asked about a benefit when a project that contributes to it has ended short."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from benefits.models.benefit import Benefit
from benefits.models.contribution import BenefitContribution
from pmhub.access import Join
from pmhub.database.belonging import belongs
from pmhub.database.constraints import choices, ordered, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, source
from pmhub.models import Person, Record

OTHER_BENEFIT = "This contribution is to another benefit."


class ReviewCause(models.TextChoices):
    """Why the benefit is in doubt."""

    TERMINATION = "termination", _("A project that contributes to it was terminated")
    CLOSED_UNDELIVERED = "closed_undelivered", _("A project closed without all of its outputs")


class ReviewState(models.TextChoices):
    """Whether the owner has answered."""

    OPEN = "open", _("Open")
    ANSWERED = "answered", _("Answered")


class ReviewDecision(models.TextChoices):
    """What becomes of the benefit."""

    CONFIRM = "confirm", _("Confirm: it comes all the same")
    REFORECAST = "reforecast", _("Re-forecast: the new forecast says what comes")
    WITHDRAW = "withdraw", _("Withdraw: it does not come")


class BenefitReview(Record):
    """The question to the owner of a benefit, one for each contribution and cause. Until it is
    answered what the contribution should still bring is at stake; the forecast stays."""

    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="reviews")
    # The review is about the share of this contribution, which therefore cannot be deleted.
    contribution = models.ForeignKey(BenefitContribution, models.RESTRICT, related_name="reviews")
    cause = models.CharField(max_length=20, choices=ReviewCause)
    state = models.CharField(max_length=10, choices=ReviewState, default=ReviewState.OPEN)
    asked_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    reviewer = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    findings = models.TextField(blank=True)
    decision = models.CharField(max_length=12, choices=ReviewDecision, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    answered_for = {"reviewer": Q(state="open")}
    unread = (
        "cause", "asked_on", "due_on", "reviewer", "findings", "decision", "decided_on",
        "decided_by",
    )  # fmt: skip
    visible_through = ("benefit",)
    undeletable = "What an owner was asked stays until they answer it."
    stays = (
        RetentionRule(
            "answered", Q(state="answered"), "A review that was answered stays: ask a new one."
        ),
    )
    joins = dict.fromkeys(("contribution", "reviewer", "decided_by"), Join.SET)
    refuses = {"benefitreview_contribution": ("contribution", OTHER_BENEFIT)}

    class Meta:
        ordering = ["benefit", "id"]
        triggers = [
            *source(Mark(Kind.BENEFIT, "benefit_id")),
            belongs(
                "benefitreview",
                "contribution",
                "FROM benefits_benefitcontribution"
                " WHERE id = NEW.contribution_id AND benefit_id = NEW.benefit_id",
                OTHER_BENEFIT,
            ),
        ]
        constraints = [
            choices("benefitreview", "cause", ReviewCause),
            choices("benefitreview", "state", ReviewState),
            rule(
                "benefitreview_decision_choice",
                "decision",
                Q(decision__in=["", *ReviewDecision.values]),
                f"Choose one of: {', '.join(ReviewDecision.values)}.",
            ),
            rule(
                "benefitreview_answered",
                "decision",
                Q(state="open", decision="", decided_on__isnull=True)
                | (Q(state="answered", decided_on__isnull=False) & ~Q(decision="")),
                "A review is answered by a decision with its day, and has none before.",
            ),
            rule(
                "benefitreview_withdraw_says_why",
                "findings",
                ~Q(decision="withdraw") | ~Q(findings=""),
                "Say why the benefit is withdrawn.",
            ),
            ordered("benefitreview", "asked_on", "due_on"),
            ordered("benefitreview", "asked_on", "decided_on"),
            models.UniqueConstraint(
                fields=["contribution", "cause"],
                condition=Q(state="open"),
                name="benefitreview_one_open",
                violation_error_message="This is asked of this contribution already.",
            ),
        ]

    def __str__(self) -> str:
        return f"Review of {self.benefit.code}"
