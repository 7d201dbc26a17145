"""Hand-overs: what a project brings, handed to a person who answers for it once the project has
ended."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from benefits.models.benefit import Benefit, Frequency
from benefits.models.contribution import BenefitContribution
from benefits.models.states import HAND_OVER, HandOverState
from pmhub.access import Join
from pmhub.database.belonging import belongs
from pmhub.database.constraints import choices, ordered, rule
from pmhub.database.own_acceptance import OWN, own_word
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.models import Person, Record
from programmes.models.closed_year import GOES_WITH
from projects.models import Project

LEADS = "Who manages the project ends with it: name somebody who stays."
OTHER = "This contribution is of another project, or to another benefit."
ASKED = "What was asked, and of whom, is never changed: take it back first."
HANDED = "The project has closed on this: what was handed over stays so."


def goes_along() -> pgtrigger.Trigger:
    """Refuse to change the contribution and the project of a hand-over, except when projects are
    merged or split."""
    moved = "(NEW.contribution_id, NEW.project_id) <> (OLD.contribution_id, OLD.project_id)"
    return pgtrigger.Trigger(
        name="goes_along",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("contribution_id", "project_id"),
        func=f"IF {moved} AND NOT ({GOES_WITH}) THEN"
        f" {refusal('asked_holds', 'contribution', ASKED)} END IF; RETURN NEW;",
    )


def stays_once_closed() -> pgtrigger.Trigger:
    """Refuse to take back an accepted hand-over once its project has closed."""
    return pgtrigger.Trigger(
        name="stays_once_closed",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("OLD.state = 'accepted' AND NEW.state <> 'accepted'"),
        func="IF EXISTS (SELECT FROM projects_project"
        " WHERE id = NEW.project_id AND status = 'closed') THEN"
        f" {refusal('handed_over', 'state', HANDED)} END IF; RETURN NEW;",
    )


class BenefitHandOver(Record):
    """A contribution of a project, offered to a person who is to answer for it: what they measure,
    how often and until when. It holds once they accept it themself; the project closes only
    then."""

    contribution = models.ForeignKey(
        BenefitContribution, models.RESTRICT, related_name="hand_overs"
    )
    # Copies from the contribution; the project changes with it, when projects are merged or split.
    benefit = models.ForeignKey(Benefit, models.PROTECT, editable=False, related_name="hand_overs")
    project = models.ForeignKey(Project, models.PROTECT, editable=False, related_name="hand_overs")
    owner = models.ForeignKey(
        Person,
        models.PROTECT,
        related_name="+",
        help_text=_("Who answers for it once the project has ended; they accept it themself"),
    )
    measure = models.CharField(max_length=300, help_text=_("What shows whether the benefit comes"))
    frequency = models.CharField(
        max_length=10,
        choices=Frequency,
        default=Frequency.YEAR,
        help_text=_("How often that is measured"),
    )
    until = models.DateField(help_text=_("The last day of which it is measured"))
    asked_on = models.DateField()
    answered_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=HandOverState, default=HandOverState.ASKED)
    reason = models.TextField(
        blank=True, default="", help_text=_("Why it was declined or taken back")
    )

    waits_for = {"owner": Q(state="asked")}
    visible_through = ("benefit", "project")
    joins = {"contribution": Join.SEE, "owner": Join.SEE}
    lifecycles = (HAND_OVER,)
    edited_in = ()
    happened = ("asked_on", "answered_on")
    stays = (
        RetentionRule("handed_over", Q(state="accepted"), "What somebody has accepted stays."),
    )
    refuses = {
        "hand_over_own_word": ("owner", OWN),
        "handed_over": ("state", HANDED),
        "benefithandover_owner": ("owner", LEADS),
        "benefithandover_contribution": ("contribution", OTHER),
        "asked_holds": ("", ASKED),
    }

    class Meta:
        verbose_name = "hand-over of a benefit"
        verbose_name_plural = "hand-overs of benefits"
        ordering = ["contribution", "id"]
        triggers = [
            versioned(),
            HAND_OVER.trigger("hand-over"),
            own_word("hand_over_own_word", [HandOverState.ACCEPTED, HandOverState.DECLINED]),
            stays_once_closed(),
            frozen(
                "asked_holds", "TRUE", "benefit_id", "owner_id", "measure", "frequency", "until",
                "asked_on",
            ),
            goes_along(),
            belongs(
                "benefithandover",
                "owner",
                "FROM projects_project WHERE id = NEW.project_id"
                " AND project_manager_id IS DISTINCT FROM NEW.owner_id",
                LEADS,
            ),
            belongs(
                "benefithandover",
                "contribution",
                "FROM benefits_benefitcontribution WHERE id = NEW.contribution_id"
                " AND (benefit_id, project_id) = (NEW.benefit_id, NEW.project_id)",
                OTHER,
                same=["project_id"],
            ),
        ]  # fmt: skip
        constraints = [
            choices("benefithandover", "state", HandOverState),
            choices("benefithandover", "frequency", Frequency),
            rule(
                "benefithandover_answered",
                "answered_on",
                Q(state="asked", answered_on__isnull=True)
                | ~Q(state="asked") & Q(answered_on__isnull=False),
                "What is answered has the day of it, and nothing else has.",
            ),
            ordered("benefithandover", "asked_on", "answered_on"),
            ordered("benefithandover", "asked_on", "until"),
            models.UniqueConstraint(
                fields=["contribution"],
                condition=Q(state__in=["asked", "accepted"]),
                name="benefithandover_once",
                violation_error_message="Somebody is asked already, or has accepted: take that"
                " back first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.benefit.code} of {self.project.code} to {self.owner}"
