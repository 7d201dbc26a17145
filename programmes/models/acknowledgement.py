"""Acknowledgements: who was to know of a decision, and has said that they do."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from pmhub.access import Join
from pmhub.database.belonging import belongs
from pmhub.database.constraints import choices, ordered, rule
from pmhub.database.history import CONTEXT
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, unchanged, versioned
from pmhub.models import Person, Record
from programmes.models.decision import Decision
from programmes.models.states import ACKNOWLEDGEMENT, AcknowledgementState

UNMADE = "Nobody is asked to know of what is not decided."
OWN = "Each person acknowledges for themself alone."


def own_word() -> pgtrigger.Trigger:
    """Refuse that somebody acknowledges for another. It cannot be checked for plain SQL, where no
    user is known."""
    user = f"({CONTEXT} ->> 'user')::bigint"
    return pgtrigger.Trigger(
        name="own_word",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'acknowledged'"),
        func=f"{unchanged('state')}IF {user} IS NOT NULL AND NOT EXISTS (SELECT FROM pmhub_person"
        f" WHERE id = NEW.person_id AND user_id = {user}) THEN"
        f" {refusal('own_word', 'person', OWN)} END IF; RETURN NEW;",
    )


class Acknowledgement(Record):
    """A person of the audience of a decision, asked when it was made to say that they have read it.
    Nobody says so for another."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="acknowledgements")
    person = models.ForeignKey(Person, models.PROTECT, related_name="acknowledgements")
    asked_on = models.DateField()
    asked_again_on = models.DateField(null=True, blank=True)
    read_on = models.DateField(null=True, blank=True)
    state = models.CharField(
        max_length=12, choices=AcknowledgementState, default=AcknowledgementState.ASKED
    )

    waits_for = {"person": Q(state="asked")}
    visible_through = ("decision",)
    joins = {"person": Join.SET}
    lifecycles = (ACKNOWLEDGEMENT,)
    edited_in = ()
    happened = ("asked_on", "asked_again_on", "read_on")
    undeletable = "Whoever was to know of a decision is still to know of it."
    stays = (
        RetentionRule(
            "acknowledged",
            Q(state="acknowledged"),
            "What somebody has acknowledged is never deleted.",
        ),
    )
    refuses = {
        "own_word": ("person", OWN),
        "acknowledgement_decision": ("decision", UNMADE),
        "asked_holds": ("", "Who was asked, of what and when, is never changed."),
    }

    class Meta:
        ordering = ["decision", "id"]
        triggers = [
            versioned(),
            ACKNOWLEDGEMENT.trigger("acknowledgement"),
            own_word(),
            frozen("asked_holds", "TRUE", "decision_id", "person_id", "asked_on"),
            belongs(
                "acknowledgement",
                "decision",
                "FROM programmes_decision WHERE id = NEW.decision_id"
                " AND state IN ('made', 'superseded')",
                UNMADE,
            ),
        ]
        constraints = [
            choices("acknowledgement", "state", AcknowledgementState),
            rule(
                "acknowledgement_read",
                "read_on",
                Q(state="asked", read_on__isnull=True)
                | Q(state="acknowledged", read_on__isnull=False),
                "What is acknowledged has the day of it, and nothing else has.",
            ),
            ordered("acknowledgement", "asked_on", "read_on"),
            ordered("acknowledgement", "asked_on", "asked_again_on"),
            models.UniqueConstraint(
                fields=["decision", "person"],
                name="acknowledgement_once",
                violation_error_message="This person is asked already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.decision}"
