"""Outcomes: changed ways of working, between what projects deliver and the benefits of it."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.belonging import belongs
from pmhub.database.collation import InOrder
from pmhub.database.constraints import choices, code_once, has_day, ordered
from pmhub.database.triggers import refusal, versioned
from pmhub.models import Person, Record
from programmes.models.closure_triggers import while_programme_lasts
from programmes.models.programme import Programme
from programmes.models.states import OUTCOME, OutcomeState

READY = 3  # of 5
UNREADY = "Not every group is ready: say why the transition starts all the same."
UNADOPTED = (
    "Not every group works as wanted and is accepted by who leads it: wait, or name the decision"
    " to go on without."
)
UNDECIDED = "Name a decision that was made in this programme."
LAST = (  # assessment of a group, a column of it
    "(SELECT {} FROM programmes_adoptionassessment WHERE impacted_group_id = g.id"
    ' ORDER BY "on" DESC, id DESC LIMIT 1)'
)


def _unless(name: str, field: str, wrong: str, text: str, condition: str) -> pgtrigger.Trigger:
    groups = f"SELECT FROM programmes_impactedgroup g WHERE g.outcome_id = NEW.id AND ({wrong})"
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition(condition),
        func=f"IF EXISTS ({groups}) THEN {refusal(f'outcome_{name}', field, text)} END IF;"
        " RETURN NEW;",
    )


def ready() -> pgtrigger.Trigger:
    """Refuse to start a transition while a group is not ready and nobody says why."""
    return _unless(
        "ready",
        "go_reason",
        f"coalesce({LAST.format('readiness')}, 0) < {READY}",
        UNREADY,
        f"NEW.state = '{OutcomeState.IN_TRANSITION}' AND OLD.state ="
        f" '{OutcomeState.CAPABILITY_READY}' AND NEW.go_reason = ''",
    )


def adopted() -> pgtrigger.Trigger:
    """Refuse an outcome as embedded before each group works as wanted and its leader has accepted
    that, unless a decision says so."""
    return _unless(
        "adopted",
        "embedding_decision",
        "g.state <> 'accepted'"
        f" OR coalesce({LAST.format('adoption_pct')}, -1) < g.adoption_target_pct",
        UNADOPTED,
        f"NEW.state = '{OutcomeState.EMBEDDED}' AND OLD.state <> '{OutcomeState.EMBEDDED}'"
        " AND NEW.embedding_decision_id IS NULL",
    )


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
    go_reason = models.TextField(
        "why it started",
        blank=True,
        default="",
        help_text=_("Why the transition started although a group was not ready"),
    )
    embedding_decision = models.ForeignKey(
        "programmes.Decision", models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_("The decision to count it as embedded although a group is behind"),
    )  # fmt: skip
    bcm = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    answered_for = {"bcm": Q()}
    visible_through = ("programme",)
    joins = {"embedding_decision": Join.SEE}
    lifecycles = (OUTCOME,)
    refuses = {
        "outcome_ready": ("go_reason", UNREADY),
        "outcome_adopted": ("embedding_decision", UNADOPTED),
        "outcome_embedding_decision": ("embedding_decision", UNDECIDED),
    }
    happened = ("capability_ready_on", "transition_start", "embedded_on")
    planned_in = {
        "capability_ready_on": ("defined",),
        "transition_start": ("defined", "capability_ready"),
        "embedded_on": ("defined", "capability_ready", "in_transition"),
    }
    first_code = "OC1"

    class Meta:
        ordering = ["programme", InOrder("code")]
        triggers = [
            versioned(),
            OUTCOME.trigger("outcome"),
            while_programme_lasts("{row}.state <> 'embedded'", "state"),
            ready(),
            adopted(),
            belongs(
                "outcome",
                "embedding_decision",
                "FROM programmes_decision WHERE id = NEW.embedding_decision_id"
                " AND programme_id = NEW.programme_id AND state = 'made'",
                UNDECIDED,
            ),
        ]
        constraints = [
            code_once("outcome", "programme"),
            choices("outcome", "state", OutcomeState),
            ordered("outcome", "capability_ready_on", "embedded_on"),
            ordered("outcome", "transition_start", "embedded_on"),
            *(
                has_day("outcome", day, "state", state, message="Say since which day it is so.")
                for state, day in (
                    (OutcomeState.CAPABILITY_READY, "capability_ready_on"),
                    (OutcomeState.IN_TRANSITION, "transition_start"),
                    (OutcomeState.EMBEDDED, "embedded_on"),
                )
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
