"""Conditions under which a gate has let something go on."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import choices, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import Kind, Mark, frozen, refusal, source
from pmhub.models import Person, Record
from programmes.models import Programme
from projects.models.gate.decision_triggers import programme_of
from projects.models.gate.gate import Gate
from projects.models.gate.states import CONDITION, ConditionState
from projects.models.gate.subjects import LEADS
from projects.models.project import Project

LATER = "A condition is extended while it is open, to a later day."
EXTENDED_WHY = "Say why it may be met later."


def extended_for_a_reason() -> pgtrigger.Trigger:
    """Refuse another day for a condition that is not open, an earlier day, and one without a
    reason."""
    return pgtrigger.Trigger(
        name="extended_for_a_reason",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("due_on"),
        condition=pgtrigger.Condition("OLD.due_on IS DISTINCT FROM NEW.due_on"),
        func="IF NEW.due_on < OLD.due_on OR OLD.state <> 'open' THEN"
        f" {refusal('condition_later', 'due_on', LATER)} END IF;"
        " IF btrim(NEW.extension_reason) = '' THEN"
        f" {refusal('condition_extended', 'reason', EXTENDED_WHY)} END IF; RETURN NEW;",
    )


def of_its_gate() -> pgtrigger.Trigger:
    """Set the project and the programme of a condition to those of its gate."""
    return pgtrigger.Trigger(
        name="of_its_gate",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("gate_id", "project_id", "programme_id"),
        func=f"SELECT g.project_id, {programme_of('g')} INTO NEW.project_id, NEW.programme_id"  # noqa: S608  # our own names
        " FROM projects_gate g WHERE g.id = NEW.gate_id; RETURN NEW;",
    )


class GateCondition(Record):
    """Something that has to be done by a day after a gate was passed. Open past that day it has
    lapsed: assurance of the project or the programme is red, and no further gate is passed, until
    it is met, extended to a later day or waived."""

    gate = models.ForeignKey(Gate, models.PROTECT, related_name="conditions")
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, editable=False, related_name="gate_conditions"
    )
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="gate_conditions",
        help_text=_("Of a gate of its own, or of one of its tranches"),
    )
    text = models.CharField(max_length=300)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(help_text=_("The last day on which it may be met"))
    state = models.CharField(max_length=10, choices=ConditionState, default=ConditionState.OPEN)
    met_on = models.DateField(null=True, blank=True)
    evidence = models.TextField(blank=True, help_text=_("What shows that it is met"))
    extension_reason = models.TextField(
        blank=True, db_default="", help_text=_("Why it may be met later than was asked at first")
    )
    waiver_reason = models.TextField(
        blank=True, db_default="", help_text=_("Why it need not be met")
    )

    answered_for = {"owner": Q(state="open")}
    unread = ("gate", "text", "owner", "met_on", "evidence", "extension_reason", "waiver_reason")
    visible_through = ("gate",)
    parties = tuple(f"gate__{way}" for way in LEADS)
    joins = dict.fromkeys(("project", "programme"), Join.SET)
    lifecycles = (CONDITION,)
    edited_in = ()
    happened = ("met_on",)
    promised = ("due_on",)
    stays = (
        RetentionRule(
            "condition", Q(state__in=ConditionState.values), "The condition of a gate stays."
        ),
    )
    refuses = {
        "condition_holds": ("", "What a gate asks for is never changed: meet it."),
        "condition_later": ("due_on", LATER),
        "condition_extended": ("reason", EXTENDED_WHY),
    }

    class Meta:
        ordering = ["due_on", "id"]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id"), Mark(Kind.PROGRAMME, "programme_id")),
            CONDITION.trigger("condition"),
            of_its_gate(),
            extended_for_a_reason(),
            frozen("condition_holds", "TRUE", "gate_id", "project_id", "programme_id", "text"),
        ]
        constraints = [
            choices("gatecondition", "state", ConditionState),
            rule(
                "gatecondition_met_on",
                "met_on",
                Q(state="met", met_on__isnull=False) | ~Q(state="met") & Q(met_on__isnull=True),
                "A condition that is met has the day of it, and no other has.",
            ),
            rule(
                "gatecondition_waiver_reason",
                "waiver_reason",
                Q(state="waived") & ~Q(waiver_reason="") | ~Q(state="waived") & Q(waiver_reason=""),
                "What is waived says why, and nothing else does.",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def decided_at(self) -> Gate:
        """The gate whose approvers confirm that the condition is met, extend it or waive it."""
        return self.gate

    def lapsed(self, on: date) -> bool:
        """Return whether the condition is open past its day."""
        return self.state == ConditionState.OPEN and self.due_on < on
