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
from pmhub.database.triggers import Kind, Mark, frozen, source
from pmhub.models import Person, Record
from programmes.models import Programme
from projects.models.gate.decision_triggers import programme_of
from projects.models.gate.gate import Gate
from projects.models.gate.states import CONDITION, ConditionState
from projects.models.gate.subjects import LEADS
from projects.models.project import Project


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
    it is met."""

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

    answered_for = {"owner": Q(state="open")}
    unread = ("gate", "text", "owner", "met_on", "evidence")
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
    }

    class Meta:
        ordering = ["due_on", "id"]
        triggers = [
            *source(Mark(Kind.PROJECT, "project_id"), Mark(Kind.PROGRAMME, "programme_id")),
            CONDITION.trigger("condition"),
            of_its_gate(),
            frozen(
                "condition_holds", "TRUE", "gate_id", "project_id", "programme_id", "text", "due_on"
            ),
        ]
        constraints = [
            choices("gatecondition", "state", ConditionState),
            rule(
                "gatecondition_met_on",
                "met_on",
                Q(state="met", met_on__isnull=False) | Q(state="open", met_on__isnull=True),
                "A condition that is met has the day of it, and no other has.",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def decided_at(self) -> Gate:
        """The gate whose approvers confirm that the condition is met."""
        return self.gate

    def lapsed(self, on: date) -> bool:
        """Return whether the condition is open past its day."""
        return self.state == ConditionState.OPEN and self.due_on < on
