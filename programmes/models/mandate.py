"""What a programme is asked for."""

from __future__ import annotations

from dataclasses import replace

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.separation_of_duties import LEADS_PROGRAMME, decided_by_another
from pmhub.access.setters import Setter
from pmhub.database.constraints import choices, dated, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.lifecycle import Lifecycle, anybody, move
from pmhub.models import Person, Record
from programmes.models.closure_triggers import while_programme_lasts
from programmes.models.decision import Decision
from programmes.models.decision_triggers import Act, DecisionCause
from programmes.models.programme import Programme


class MandateState(models.TextChoices):
    """How far what a programme is asked for is agreed."""

    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")
    APPROVED = "approved", _("Approved")


Ma = MandateState
MANDATORS = Setter("the sponsor that it names, or whoever steers", right="steer", own="sponsor")
OTHERS = replace(MANDATORS, apart=True)
MANDATE = Lifecycle(
    "state",
    initial=anybody(Ma.DRAFT),
    moves=(
        move("issue", "Issue it", "issued", Ma.ISSUED, [Ma.DRAFT], asks=("issued_on",),
             says="It goes to whoever approves it, and stays as it is."),
        move("approval", "Approve it", "approved", Ma.APPROVED, [Ma.ISSUED], by=OTHERS,
             says="The programme may go on to its design. Nobody approves what they issued or"
             " lead."),
        move("return", "Return it to its author", "returned", Ma.DRAFT, [Ma.ISSUED],
             clears=("issued_on",), reason=True, by=MANDATORS),
        move("withdrawal", "Withdraw the approval", "withdrawn", Ma.DRAFT, [Ma.APPROVED],
             clears=("issued_on", "approved_by"), reason=True, by=MANDATORS,
             says="It is written anew. A programme that has gone on stays where it is."),
    ),
    kept=("issued_on",),
)  # fmt: skip


SAID = ("programme_id", "sponsor_id", "drivers", "vision", "scope", "constraints")

OWN = "Nobody approves what they issued, or lead."


class ProgrammeMandate(Record):
    """Why the organisation wants a programme, what is in its scope and within which constraints. A
    programme moves from identifying to design only once its mandate is approved."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="mandates")
    sponsor = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    drivers = models.TextField(help_text=_("Why the organisation wants it, and why now"))
    vision = models.TextField(blank=True, help_text=_("What will be better once it has delivered"))
    scope = models.TextField(blank=True, help_text=_("What is part of it, and what is not"))
    constraints = models.TextField(blank=True, help_text=_("Within what it has to stay"))
    state = models.CharField(max_length=10, choices=MandateState, default=MandateState.DRAFT)
    issued_on = models.DateField(null=True, blank=True)
    issued_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    visible_through = ("programme",)
    joins = {
        "sponsor": Join.SEE,
        **dict.fromkeys(("issued_by", "approved_by", "decision"), Join.SET),
    }
    answered_for = {"sponsor": ~Q(state="approved")}
    lifecycles = (MANDATE,)
    edited_in = (MandateState.DRAFT,)
    happened = ("issued_on",)
    parties = ("issued_by", "programme__programme_manager")
    stays = (
        RetentionRule(
            "approved_mandate",
            Q(state="approved"),
            "A mandate that was approved is never deleted: withdraw the approval.",
        ),
    )
    refuses = {
        "mandate_issued": ("", "A mandate that was issued is not changed: return it first."),
    }

    class Meta:
        ordering = ["programme"]
        triggers = [
            versioned(),
            MANDATE.trigger("mandate"),
            while_programme_lasts("{row}.state = 'draft'", "state"),
            frozen("mandate_issued", "OLD.state <> 'draft'", *SAID),
            decided_by_another(
                "approved_by_id",
                "SELECT NEW.issued_by_id",
                LEADS_PROGRAMME.format("NEW.programme_id"),
                text=OWN,
            ),
            Act(
                "mandate",
                pgtrigger.UpdateOf("state"),
                "OLD.state <> 'approved' AND NEW.state = 'approved'",
                DecisionCause.MANDATE,
                programme="NEW.programme_id",
                title="'Mandate of ' || (SELECT m.code FROM programmes_programme m"
                " WHERE m.id = NEW.programme_id)",
                outcome="'The programme is wanted as its mandate says'",
                person="NEW.approved_by_id",
                kept_in="decision_id",
            ).trigger(),
        ]
        constraints = [
            choices("programmemandate", "state", MandateState),
            models.UniqueConstraint(
                fields=["programme"],
                name="programmemandate_once",
                violation_error_message="The programme has a mandate already.",
            ),
            dated(
                "programmemandate",
                "issued_on",
                "state",
                MandateState.ISSUED,
                MandateState.APPROVED,
                message="Only what was issued has the day of it: issue it first.",
            ),
            rule(
                "programmemandate_approved_by",
                "approved_by",
                Q(state="approved", approved_by__isnull=False)
                | ~Q(state="approved") & Q(approved_by__isnull=True),
                "A mandate that is approved names who approved it, and no other does.",
            ),
        ]

    def __str__(self) -> str:
        return f"Mandate of {self.programme.code}"
