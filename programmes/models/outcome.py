"""Outcomes: the changed ways of working between what projects deliver and what it is worth."""

from django.db import models
from django.db.models import Q

from pmhub.database.collation import InOrder
from pmhub.database.constraints import choices, code_once, ordered
from pmhub.database.triggers import stamped
from pmhub.models import Person, Record
from programmes.models.programme import Programme
from programmes.models.states import OUTCOME, OutcomeState


class Outcome(Record):
    """A changed way of working: outputs make it possible, benefits come from it. Its business
    change manager leads the transition from the current to the future state."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="outcomes")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    current_state = models.TextField(blank=True)
    future_state = models.TextField(blank=True)
    capability_ready_on = models.DateField(null=True, blank=True)
    transition_start = models.DateField(null=True, blank=True)
    embedded_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=20, choices=OutcomeState, default=OutcomeState.DEFINED)
    bcm = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    answered_for = {"bcm": Q()}
    visible_through = ("programme",)
    lifecycles = (OUTCOME,)
    happened = ("capability_ready_on", "transition_start", "embedded_on")
    planned_in = {
        "capability_ready_on": ("defined",),
        "transition_start": ("defined", "capability_ready"),
        "embedded_on": ("defined", "capability_ready", "in_transition"),
    }

    class Meta:
        ordering = ["programme", InOrder("code")]
        triggers = [stamped(), OUTCOME.trigger("outcome")]
        constraints = [
            code_once("outcome", "programme"),
            choices("outcome", "state", OutcomeState),
            ordered("outcome", "capability_ready_on", "embedded_on"),
            ordered("outcome", "transition_start", "embedded_on"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
