"""Criteria of a gate: each is met, not met, or waived."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import choices, once, rule
from pmhub.database.triggers import refusal, unchanged, versioned
from pmhub.models import Person, Record
from projects.models.gate.gate import Gate
from projects.models.gate.states import ABOVE, CRITERION, CriterionState, GateState
from projects.models.gate.subjects import LEADS

FIXED = "What a gate looks at is settled once it is open."
OVER = "The gate is decided: what it looked at stays."
WAIVER = "A criterion is waived by somebody who decides the gate."


def settled() -> list[pgtrigger.Trigger]:
    """Refuse to add, change or delete criteria of a gate once it is open, and to judge them once
    the gate is over."""
    return [
        pgtrigger.Trigger(
            name=f"settled_{name}",
            when=pgtrigger.Before,
            operation=operation,
            condition=pgtrigger.Condition(condition) if condition else None,
            func=f"{unchanged()}IF EXISTS (SELECT FROM projects_gate g WHERE g.id = {row}.gate_id"
            f" AND g.state {states}) THEN {refusal('criteria_hold', field, text)} END IF;"
            # An update that returned OLD would change nothing, and say nothing of that.
            f" RETURN {'OLD' if name == 'gone' else 'NEW'};",
        )
        for name, operation, condition, row, states, field, text in (
            ("made", pgtrigger.Insert, "", "NEW", "<> 'planned'", "gate", FIXED),
            ("gone", pgtrigger.Delete, "", "OLD", "<> 'planned'", "gate", FIXED),
            ("said", pgtrigger.Update,
             "ROW(OLD.gate_id, OLD.text, OLD.mandatory) IS DISTINCT FROM"
             " ROW(NEW.gate_id, NEW.text, NEW.mandatory)", "OLD", "<> 'planned'", "text", FIXED),
            ("judged", pgtrigger.UpdateOf("state", "evidence", "waiver_reason"), "", "NEW",
             "IN ('decided', 'cancelled')", "state", OVER),
        )
    ]  # fmt: skip


def waived_by_approver() -> pgtrigger.Trigger:
    """Refuse a waiver by anybody who does not decide the gate."""
    among = " UNION ".join(
        f"SELECT person_id FROM projects_gate_{field} WHERE gate_id = NEW.gate_id"  # noqa: S608  # our own names
        for field in ("approvers", "pmo_approvers")
    )
    return pgtrigger.Trigger(
        name="waived_by_approver",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "assessor_id"),
        condition=pgtrigger.Condition("NEW.state = 'waived'"),
        func=f"{unchanged('state', 'assessor_id')}"
        f"IF NEW.assessor_id IS NULL OR NEW.assessor_id NOT IN ({among}) THEN"
        f" {refusal('waived_by_approver', 'state', WAIVER)} END IF; RETURN NEW;",
    )


class GateCriterion(Record):
    """A criterion of a gate. A mandatory one that is neither met nor waived holds the gate; to be
    met it has evidence."""

    gate = models.ForeignKey(Gate, models.CASCADE, related_name="criteria")
    text = models.CharField(max_length=300)
    mandatory = models.BooleanField(default=True)
    state = models.CharField(
        max_length=12, choices=CriterionState, default=CriterionState.NOT_ASSESSED
    )
    evidence = models.TextField(blank=True, help_text=_("What shows that it is met"))
    waiver_reason = models.TextField(blank=True)
    assessor = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    visible_through = ("gate",)
    parties = tuple(f"gate__{way}" for way in LEADS)
    joins = {"assessor": Join.SET}
    set_by = dict.fromkeys(("text", "mandatory"), ABOVE.where("demanded"))
    lifecycles = (CRITERION,)
    added_while = {"gate": (GateState.PLANNED,)}
    refuses = {
        "criteria_hold": ("gate", FIXED),
        "waived_by_approver": ("state", WAIVER),
    }

    class Meta:
        verbose_name_plural = "gate criteria"
        ordering = ["gate", "id"]
        triggers = [
            versioned(),
            CRITERION.trigger("criterion"),
            *settled(),
            waived_by_approver(),
        ]
        constraints = [
            choices("gatecriterion", "state", CriterionState),
            rule(
                "gatecriterion_evidence",
                "evidence",
                ~Q(state="met") | ~Q(evidence=""),
                "Say what shows that it is met.",
            ),
            rule(
                "gatecriterion_waiver_reason",
                "waiver_reason",
                Q(state="waived") & ~Q(waiver_reason="") | ~Q(state="waived") & Q(waiver_reason=""),
                "A criterion that is waived says why, and no other does.",
            ),
            once(
                "gatecriterion_once",
                "text",
                "gate",
                message="The gate has this criterion already.",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def demanded(self) -> bool:
        """Return whether it is stored and mandatory, so that the gate is not passed without it."""
        return self.pk is not None and self.mandatory

    @property
    def holds(self) -> bool:
        """Return whether its gate is open or over, so that the criterion can no longer be
        changed."""
        return self.pk is not None and self.settled

    @property
    def is_judged(self) -> bool:
        """Return whether its gate is still to be decided."""
        return self.gate.state in (GateState.PLANNED, GateState.OPEN)

    @property
    def decided_at(self) -> Gate:
        """The gate whose approvers may waive it."""
        return self.gate
