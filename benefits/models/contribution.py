"""Contributions: how much of a benefit each project enables."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from benefits.models.benefit import Benefit
from pmhub.access import Join
from pmhub.database.constraints import rule
from pmhub.database.triggers import Kind, Mark, refusal, source
from pmhub.models import Record
from programmes.models.closed_year import GOES_WITH
from projects.models import Project

# SQL: whether a contribution moves to another benefit, or to another project otherwise than when
# projects are merged or split.
NOT_ALONG = f"NEW.benefit_id <> OLD.benefit_id OR NOT ({GOES_WITH})"


def stays_under_review() -> pgtrigger.Trigger:
    """Refuse to move a contribution that a review asks about to another project or benefit. Where
    its project is merged or split, it goes along once all its reviews are answered."""
    text = "Review % of % is about this contribution, which stays where it is: add another."
    steps = " ".join(
        f"IF NEW.{name}_id <> OLD.{name}_id THEN"
        f" {refusal('under_review', name, text, 'review.id', 'review.code')} END IF;"
        for name in ("project", "benefit")
    )
    return pgtrigger.Trigger(
        name="stays_under_review",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("project_id", "benefit_id"),
        declare=[("review", "record")],
        func="FOR review IN SELECT r.id, b.code FROM benefits_benefitreview r"  # noqa: S608  # our own names
        " JOIN benefits_benefit b ON b.id = r.benefit_id WHERE r.contribution_id = NEW.id"
        f" AND (r.state = 'open' OR {NOT_ALONG})"
        f" ORDER BY r.state DESC, r.id LOOP {steps} END LOOP; RETURN NEW;",
    )


def stays_handed_over() -> pgtrigger.Trigger:
    """Refuse to move a contribution that somebody was asked to answer for to another project or
    benefit. Where its project is merged or split, it goes along once the person asked has
    answered."""
    text = "Somebody was asked to answer for this contribution, which stays where it is."
    steps = " ".join(
        f"IF NEW.{name}_id <> OLD.{name}_id THEN {refusal('handed_over', name, text)} END IF;"
        for name in ("project", "benefit")
    )
    return pgtrigger.Trigger(
        name="stays_handed_over",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("project_id", "benefit_id"),
        func="IF EXISTS (SELECT FROM benefits_benefithandover WHERE contribution_id = NEW.id"
        f" AND (state = 'asked' OR {NOT_ALONG})) THEN {steps} END IF; RETURN NEW;",
    )


# SQL for how much of the benefit of a row is contributed by projects and agreed to be claimed by
# other programmes.
SHARED = (
    "coalesce((SELECT sum(weight) FROM benefits_benefitcontribution"
    " WHERE benefit_id = NEW.benefit_id), 0)"
    " + coalesce((SELECT sum(share) FROM benefits_sharedbenefitclaim"
    " WHERE benefit_id = NEW.benefit_id AND state = 'agreed'), 0)"
)


class BenefitContribution(Record):
    """How much of a benefit a project enables. Weights of one benefit sum to at most 1; the rest
    is unattributed."""

    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="contributions")
    project = models.ForeignKey(Project, models.PROTECT, related_name="contributions")
    weight = models.DecimalField(max_digits=5, decimal_places=4)
    rationale = models.TextField(blank=True)

    unread = ("rationale",)
    visible_through = ("benefit", "project")
    written_through = ("benefit",)
    joins = {"project": Join.WRITE}
    refuses = {
        "contribution_weights_sum": ("weight", "The weights of a benefit sum to more than 1.")
    }

    class Meta:
        ordering = ["benefit", "project"]
        triggers = [
            *source(Mark(Kind.BENEFIT, "benefit_id")),
            stays_under_review(),
            stays_handed_over(),
            pgtrigger.Trigger(
                name="weights_sum",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                # The lock makes two transactions that each add half see one another.
                func=pgtrigger.Func(
                    "PERFORM 1 FROM benefits_benefit WHERE id = NEW.benefit_id FOR NO KEY UPDATE;"
                    f" IF ({SHARED}) > 1 THEN"
                    " RAISE EXCEPTION 'The weights of a benefit sum to more than 1.'"
                    " USING ERRCODE = 'check_violation', CONSTRAINT = 'contribution_weights_sum';"
                    " END IF; RETURN NULL;"
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["benefit", "project"],
                name="contribution_once",
                violation_error_message="This project contributes to this benefit already.",
            ),
            rule(
                "contribution_weight_range",
                "weight",
                Q(weight__gt=0, weight__lte=1),
                "A weight is above 0 and at most 1.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project.code} {self.weight} of {self.benefit.code}"
