"""The votes at a gate: one of each who decides it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from pmhub.access import Join
from pmhub.database.constraints import choices
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, refusal, versioned
from pmhub.models import Person, Record
from projects.models.gate.decision_triggers import GateDecision, leaders_at
from projects.models.gate.gate import Gate
from projects.models.voting import deputy, stands_in

STRANGER = "Only who decides the gate, or their deputy, votes while it is open, and once."


def by_approver() -> pgtrigger.Trigger:
    """Refuse a vote by somebody who is no approver or leads the project or programme by now, and
    one while the gate is not open."""
    cast = "FROM projects_gatevote v WHERE v.gate_id = NEW.gate_id"
    among = " UNION ".join(
        f"SELECT person_id FROM projects_gate_{field} WHERE gate_id = NEW.gate_id"  # noqa: S608  # our own names
        for field in ("approvers", "pmo_approvers")
    )
    standing = stands_in(among, leaders_at("g"), cast)
    return pgtrigger.Trigger(
        name="by_approver",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"IF NEW.person_id NOT IN ({among}) OR NOT EXISTS (SELECT FROM projects_gate g"
        " WHERE g.id = NEW.gate_id AND g.state = 'open'"
        f" AND NEW.person_id NOT IN ({leaders_at('g')})"
        f" AND {standing}) THEN"
        f" {refusal('vote_of_approver', 'person', STRANGER)} END IF; RETURN NEW;",
    )


class GateVote(Record):
    """A vote of one of those who decide a gate, with the reason. It is never changed."""

    gate = models.ForeignKey(Gate, models.PROTECT, related_name="votes")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    deputy = deputy()
    choice = models.CharField(max_length=24, choices=GateDecision)
    comment = models.TextField(blank=True)
    on = models.DateField()

    visible_through = ("gate",)
    joins = dict.fromkeys(("person", "deputy"), Join.SET)
    edited_in = ()
    happened = ("on",)
    stays = (
        RetentionRule("cast", Q(choice__in=GateDecision.values), "A vote that was cast stays."),
    )
    refuses = {
        "vote_of_approver": ("person", STRANGER),
        "vote_holds": ("", "A vote that was cast is never changed."),
    }

    class Meta:
        ordering = ["gate", "id"]
        triggers = [
            versioned(),
            by_approver(),
            frozen(
                "vote_holds", "TRUE", "gate_id", "person_id", "deputy_id", "choice", "comment", "on"
            ),
        ]
        constraints = [
            choices("gatevote", "choice", GateDecision),
            models.UniqueConstraint(
                fields=["gate", "deputy"],
                name="gatevote_deputy_once",
                violation_error_message="This deputy has voted already.",
            ),
            models.UniqueConstraint(
                fields=["gate", "person"],
                name="gatevote_once",
                violation_error_message="This person has voted already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_choice_display()}"
