"""The gate of a project, a programme or a tranche: who decides whether it goes on to another stage,
and what they decide."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.access.posts import leaders_of
from pmhub.database.constraints import between, choices, code_once, one_of, rule
from pmhub.database.retention import RetentionRule
from pmhub.database.triggers import frozen, versioned
from pmhub.models import Person, Record
from programmes.models import DecisionCause, Programme, Tranche
from programmes.models.closure_triggers import (
    while_programme_lasts,
    while_programme_of_tranche_lasts,
    while_project_lasts,
)
from programmes.models.decision_triggers import Act
from projects.models.gate.decision_triggers import (
    ELSEWHERE,
    GOES_ON,
    HELD,
    LAPSED,
    NEXT_TO,
    UNCONDITIONED,
    UNDECIDED,
    UNMANDATED,
    UNMET,
    UNPERMITTED,
    UNREACHED,
    VOTES,
    GateDecision,
    decided_by_votes,
    moves_stage,
    programme_of,
    who_decides,
)
from projects.models.gate.inspections import UNPASSED, inspections_passed
from projects.models.gate.standards import UNANSWERED, standards_answered
from projects.models.gate.states import GATE, GateState
from projects.models.gate.subjects import LEADS, PLACES, STAGES, is_decided
from projects.models.project import Project
from projects.models.voting import OTHERWISE, TOO_FEW

MOST = 100  # of a quorum
STOPS = f"NEW.stage_to = 'terminated' AND {GOES_ON}"


def decides(name: str, condition: str, cause: DecisionCause, title: str, outcome: str) -> Act:
    """Return the act by which a gate leaves a decision where the condition (SQL) holds."""
    return Act(
        name,
        pgtrigger.UpdateOf("state"),
        f"NEW.state = 'decided' AND {condition}",
        cause,
        programme=programme_of("NEW"),
        project="NEW.project_id",
        title=title,
        outcome=outcome,
        rationale="NEW.reason",
        person=f"(SELECT max(v.person_id) {VOTES} HAVING count(*) = 1)",  # our own names
        day="NEW.decided_on",
        before="OLD.state = 'decided'",
    )


class Gate(Record):
    """A point at which it is decided whether a project, a programme or a tranche goes on to another
    stage, is looked at again or stops. Nothing else moves it there. Who decides follows from how
    closely a project is watched; of a programme or a tranche a board does. It is fixed when the
    gate is opened."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="gates"
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="gates"
    )
    tranche = models.ForeignKey(
        Tranche, models.PROTECT, null=True, blank=True, related_name="gates"
    )
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    stage_from = models.CharField(max_length=20, choices=STAGES)
    stage_to = models.CharField(max_length=20, choices=STAGES)
    planned_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(
        null=True,
        blank=True,
        help_text=_("Its last day, where it stops a programme; left empty, that of the decision"),
    )
    state = models.CharField(max_length=10, choices=GateState, default=GateState.PLANNED)
    oversight = models.CharField(
        max_length=10, blank=True, help_text=_("How closely the project was watched when it opened")
    )
    approvers = models.ManyToManyField(Person, blank=True, related_name="+")
    quorum = models.PositiveSmallIntegerField(
        default=1, help_text=_("How many of the approvers have to vote")
    )
    pmo_approvers = models.ManyToManyField(
        Person, blank=True, related_name="+", help_text=_("Of whom one has to vote besides")
    )
    pmo_confirms = models.BooleanField(
        default=False, help_text=_("The PMO says which criteria are met")
    )
    decision = models.CharField(max_length=24, choices=GateDecision, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)

    visible_through = PLACES
    joins = dict.fromkeys(("approvers", "pmo_approvers"), Join.SET)
    lifecycles = (GATE,)
    edited_in = (GateState.PLANNED,)
    happened = ("decided_on",)
    parties = LEADS
    stays = (
        RetentionRule(
            "opened_gate",
            ~Q(state="planned"),
            "A gate that was opened is never deleted: cancel it.",
        ),
    )
    refuses = {
        "gate_elsewhere": ("stage_from", ELSEWHERE),
        "gate_quorum": ("approvers", TOO_FEW),
        "gate_outcome": ("decision", OTHERWISE),
        "gate_criteria": ("state", UNMET),
        "gate_conditions": ("decision", UNCONDITIONED),
        "gate_lapsed": ("state", LAPSED),
        "gate_exceptions": ("state", UNDECIDED),
        "gate_permits": ("state", UNPERMITTED),
        "gate_mandate": ("state", UNMANDATED),
        "gate_operating_model": ("state", UNREACHED),
        "gate_standards": ("state", UNANSWERED),
        "gate_inspections": ("state", UNPASSED),
        "approvers_hold": ("approvers", HELD),
        "opened_holds": ("", "A gate that was opened is changed no more: cancel it."),
        "decided_holds": ("", "What a gate has decided is never changed."),
    }
    list_triggers = {field: who_decides(field) for field in ("approvers", "pmo_approvers")}

    class Meta:
        ordering = ["project", "id"]
        triggers = [
            versioned(),
            GATE.trigger("gate"),
            while_project_lasts("{row}.state IN ('planned', 'open')", "state"),
            while_programme_lasts("{row}.state IN ('planned', 'open')", "state"),
            while_programme_of_tranche_lasts("{row}.state IN ('planned', 'open')", "state"),
            decided_by_votes(),
            standards_answered(),
            inspections_passed(),
            moves_stage(),
            decides(
                "gate",
                f"NOT ({STOPS})",
                DecisionCause.GATE,
                "NEW.code || ' ' || NEW.title",
                "CASE NEW.decision"
                + "".join(f" WHEN '{key}' THEN '{words}'" for key, words in GateDecision.choices)
                + " END",
            ).trigger(),
            decides(
                "termination",
                STOPS,
                DecisionCause.TERMINATION,
                "'Stopped ' || (SELECT m.code FROM programmes_programme m"
                " WHERE m.id = NEW.programme_id)",
                "'The programme stops before it has delivered'",
            ).trigger(),
            frozen(
                "opened_holds", "OLD.state <> 'planned'", "project_id", "programme_id",
                "tranche_id", "code", "title", "stage_from", "stage_to", "ends_on", "oversight",
                "quorum", "pmo_confirms",
            ),
            frozen("decided_holds", "OLD.state = 'decided'", "decision", "decided_on", "reason"),
        ]  # fmt: skip
        constraints = [
            code_once("gate", *PLACES),
            one_of("gate", *PLACES),
            choices("gate", "state", GateState),
            between("gate", "quorum", 1, MOST),
            rule(
                "gate_decision_choice",
                "decision",
                Q(decision__in=["", *GateDecision.values]),
                f"Choose one of: {', '.join(GateDecision.values)}.",
            ),
            rule("gate_next_to", "stage_to", is_decided(), NEXT_TO),
            rule(
                "gate_ends_on",
                "ends_on",
                Q(ends_on__isnull=True) | Q(stage_to="terminated"),
                "Only what stops a programme has its last day.",
            ),
            rule(
                "gate_decided",
                "decision",
                Q(state="decided", decided_on__isnull=False) & ~Q(decision="")
                | ~Q(state="decided") & Q(decision="", decided_on__isnull=True),
                "A gate that is decided has its decision and its day, and no other has.",
            ),
            models.UniqueConstraint(
                fields=PLACES,
                condition=Q(state="open"),
                nulls_distinct=False,
                name="gate_one_open",
                violation_error_message="Another gate of this is open.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def decided_at(self) -> Gate:
        """The gate itself, whose approvers decide."""
        return self

    @property
    def place(self) -> Any:
        """The project, programme or tranche that the gate decides about."""
        return self.project or self.programme or self.tranche

    @property
    def programme_above(self) -> Programme | None:
        """The programme of the gate: its own, or that of its tranche; None of a gate of a
        project."""
        return self.tranche.programme if self.tranche else self.programme

    @property
    def lead(self) -> Person | None:
        """The person who is named to lead the project or the programme."""
        if self.project:
            return self.project.project_manager
        return self.programme_above.programme_manager if self.programme_above else None

    @property
    def leaders(self) -> set[int]:
        """The ids of all who lead the project or the programme, by the post or by a role, and so
        never decide the gate."""
        return leaders_of(self.project or self.programme_above)

    def approved_by(self, person: Person) -> bool:
        """Return whether a person is among the approvers and does not lead the project or programme
        by now."""
        if person.pk in self.leaders:
            return False
        named = Q(pk=person.pk)
        return self.approvers.filter(named).exists() or self.pmo_approvers.filter(named).exists()

    def has_vote_of(self, person: Person) -> bool:
        """Return whether a person has voted, for themself or as a deputy."""
        return self.votes.filter(Q(person=person) | Q(deputy=person)).exists()
