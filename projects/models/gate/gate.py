"""The gate of a project: who decides whether it goes on to another stage, and what they decide."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmhub.access import Join
from pmhub.database.constraints import between, choices, code_once, rule
from pmhub.database.retention import Stay
from pmhub.database.triggers import frozen, refusal, stamped
from pmhub.models import Person, Record
from programmes.models import DecisionCause
from programmes.models.deciding import Act
from projects.gates import PROCEEDING, STRICTNESS, Choice
from projects.models.gate.states import GATE, GateState
from projects.models.project import Project
from projects.models.registers import Blocks
from projects.models.states import BACK, NEXT, ProjectStage

MOST = 100  # of a quorum
# What holds the entry of a stage, from the one before, until it is granted.
HELD_BY = {
    ProjectStage.DELIVER: (Blocks.START_ON_SITE, Blocks.DEMOLITION),
    ProjectStage.OPERATE: (
        Blocks.COMMISSIONING, Blocks.HANDOVER, Blocks.OCCUPATION, Blocks.GO_LIVE,
    ),
}  # fmt: skip
NEXT_TO = "A gate leads to the next stage, or one back."
ELSEWHERE = "The project is in another stage."
TOO_FEW = "Too few of those who decide have voted."
OTHERWISE = "The votes come to something else."
HELD = "Who decides stays, once a gate is open."
UNMET = "Meet or waive its mandatory criteria first."
UNCONDITIONED = "Say under which conditions."
UNDECIDED = "Decide first about what has strayed beyond its tolerance."
LAPSED = "Meet the conditions of the gates before first: they have lapsed."
UNPERMITTED = "Obtain first what holds this stage."


class Decided(models.TextChoices):
    """What a gate decides, or somebody votes for, from the least strict on."""

    PROCEED = Choice.PROCEED.value, _("Proceed")
    CONDITIONS = Choice.CONDITIONS.value, _("Proceed with conditions")
    REPEAT = Choice.REPEAT.value, _("Repeat the gate")
    STOP = Choice.STOP.value, _("Stop the project")


def listed(values: Any) -> str:
    """Values as SQL."""
    return ", ".join(f"'{each}'" for each in values)


GOES_ON = f"NEW.decision IN ({listed(PROCEEDING)})"
VOTES = "FROM projects_gatevote v WHERE v.gate_id = NEW.id"
# Each vote by its place among the choices, the strictest last.
RANK = f"array_position(ARRAY[{listed(STRICTNESS)}], v.choice::text)"


def _share(least: int, comparison: str) -> str:
    """SQL of whether so great a part of the votes is for a choice of this place or a stricter."""
    stricter = f"2 * count(*) FILTER (WHERE {RANK} >= {least})"
    return f"(SELECT {stricter} {comparison} count(*) {VOTES})"


OUTCOME = (
    f"(CASE WHEN {_share(4, '>')} THEN 'stop' WHEN {_share(3, '>=')} THEN 'repeat'"
    f" WHEN {_share(2, '>=')} THEN 'proceed_with_conditions' ELSE 'proceed' END)"
)


def _voted(field: str) -> str:
    """SQL of how many of a list of those who decide have voted."""
    return (
        f"(SELECT count(*) {VOTES} AND v.person_id IN (SELECT a.person_id"  # noqa: S608  # our own names
        f" FROM projects_gate_{field} a WHERE a.gate_id = NEW.id))"
    )


def decided_by_votes() -> pgtrigger.Trigger:
    """Refuse what is not what enough votes come to, and to go on past what holds it."""
    nobody = "NOT EXISTS (SELECT FROM projects_gate_pmo_approvers a WHERE a.gate_id = NEW.id)"
    held = ", ".join(
        f"('{BACK[stage]}', '{stage}', '{each}')"
        for stage, blocks in HELD_BY.items()
        for each in blocks
    )
    steps = [
        ("NOT EXISTS (SELECT FROM projects_project p WHERE p.id = NEW.project_id"
         " AND p.stage = NEW.stage_from AND p.status IN ('active', 'on_hold'))",
         "gate_elsewhere", "stage_from", ELSEWHERE),
        (f"{_voted('approvers')} < NEW.quorum"
         f" OR NOT ({nobody} OR {_voted('pmo_approvers')} > 0)",
         "gate_quorum", "approvers", TOO_FEW),
        (f"NEW.decision <> {OUTCOME}", "gate_outcome", "decision", OTHERWISE),
        (f"{GOES_ON} AND EXISTS (SELECT FROM projects_gatecriterion c WHERE c.gate_id = NEW.id"
         " AND c.mandatory AND c.state NOT IN ('met', 'waived'))",
         "gate_criteria", "state", UNMET),
        (f"NEW.decision = '{Choice.CONDITIONS}' AND NOT EXISTS"
         " (SELECT FROM projects_gatecondition c WHERE c.gate_id = NEW.id)",
         "gate_conditions", "decision", UNCONDITIONED),
        (f"{GOES_ON} AND EXISTS (SELECT FROM projects_complianceitem i"
         " WHERE i.project_id = NEW.project_id AND i.state <> 'granted'"
         f" AND (NEW.stage_from, NEW.stage_to, i.blocks) IN ({held}))",
         "gate_permits", "state", UNPERMITTED),
        (f"{GOES_ON} AND EXISTS (SELECT FROM projects_gatecondition c WHERE c.gate_id <> NEW.id"
         " AND c.project_id = NEW.project_id AND c.state = 'open' AND c.due_on < NEW.decided_on)",
         "gate_lapsed", "state", LAPSED),
    ]  # fmt: skip
    return pgtrigger.Trigger(
        name="votes_decide",  # after the life cycle: what is no move is refused as such
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition("NEW.state = 'decided'"),
        func=" ".join(
            f"IF {against} THEN {refusal(name, field, text)} END IF;"
            for against, name, field, text in steps
        )
        + " RETURN NEW;",
    )


def exceptions_decided() -> pgtrigger.Trigger:
    """Refuse to go on while it is open what becomes of an exception of the project."""
    held = (
        "SELECT FROM programmes_exceptionreport e"
        " WHERE e.project_id = NEW.project_id AND e.state = 'open'"
    )
    return pgtrigger.Trigger(
        name="votes_decide_exceptions",  # after the life cycle, and what the votes come to
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition(f"NEW.state = 'decided' AND {GOES_ON}"),
        func=f"IF EXISTS ({held}) THEN {refusal('gate_exceptions', 'state', UNDECIDED)} END IF;"
        " RETURN NEW;",
    )


def moves_stage() -> pgtrigger.Trigger:
    """Move the project to the stage that a gate leads to, once it decides to go on."""
    return pgtrigger.Trigger(
        name="moves_stage",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Condition(
            f"OLD.state = 'open' AND NEW.state = 'decided' AND {GOES_ON}"
        ),
        func="UPDATE projects_project SET stage = NEW.stage_to, updated_by_id = NEW.updated_by_id"
        " WHERE id = NEW.project_id; RETURN NULL;",
    )


def who_decides(field: str) -> list[pgtrigger.Trigger]:
    """Refuse to change who decides once a gate is open."""
    return [
        pgtrigger.Trigger(
            name=f"stays_{field}_{name}",
            when=pgtrigger.Before,
            operation=operation,
            func="IF EXISTS (SELECT FROM projects_gate g"  # our own names
            f" WHERE g.id = {row}.gate_id AND g.state <> 'planned') THEN"
            f" {refusal('approvers_hold', field, HELD)} END IF; RETURN {row};",
        )
        for name, operation, row in (
            ("in", pgtrigger.Insert, "NEW"),
            ("out", pgtrigger.Delete | pgtrigger.Update, "OLD"),
        )
    ]


class Gate(Record):
    """A point at which it is decided whether a project goes on to the next stage, goes one back, is
    looked at again or stops. Nothing else moves a project to another stage. Who decides follows
    from how closely the project is watched, and is fixed when the gate is opened."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="gates")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    stage_from = models.CharField(max_length=20, choices=ProjectStage)
    stage_to = models.CharField(max_length=20, choices=ProjectStage)
    planned_on = models.DateField(null=True, blank=True)
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
    decision = models.CharField(max_length=24, choices=Decided, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)

    visible_through = ("project",)
    joins = dict.fromkeys(("approvers", "pmo_approvers"), Join.SET)
    lifecycles = (GATE,)
    edited_in = (GateState.PLANNED,)
    happened = ("decided_on",)
    stays = (
        Stay(
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
        "gate_permits": ("state", UNPERMITTED),
        "gate_exceptions": ("state", UNDECIDED),
        "approvers_hold": ("approvers", HELD),
        "opened_holds": ("", "A gate that was opened is changed no more: cancel it."),
        "decided_holds": ("", "What a gate has decided is never changed."),
    }
    list_triggers = {field: who_decides(field) for field in ("approvers", "pmo_approvers")}

    class Meta:
        ordering = ["project", "id"]
        triggers = [
            stamped(),
            GATE.trigger("gate"),
            decided_by_votes(),
            exceptions_decided(),
            moves_stage(),
            Act(
                "gate",
                pgtrigger.UpdateOf("state"),
                "NEW.state = 'decided'",
                DecisionCause.GATE,
                project="NEW.project_id",
                title="NEW.code || ' ' || NEW.title",
                outcome="CASE NEW.decision"
                + "".join(f" WHEN '{value}' THEN '{label}'" for value, label in Decided.choices)
                + " END",
                rationale="NEW.reason",
                person=f"(SELECT max(v.person_id) {VOTES} HAVING count(*) = 1)",  # our own names
                day="NEW.decided_on",
                before="OLD.state = 'decided'",
            ).trigger(),
            frozen(
                "opened_holds", "OLD.state <> 'planned'", "project_id", "code", "title",
                "stage_from", "stage_to", "oversight", "quorum", "pmo_confirms",
            ),
            frozen("decided_holds", "OLD.state = 'decided'", "decision", "decided_on", "reason"),
        ]  # fmt: skip
        constraints = [
            code_once("gate", "project"),
            choices("gate", "stage_from", ProjectStage),
            choices("gate", "stage_to", ProjectStage),
            choices("gate", "state", GateState),
            between("gate", "quorum", 1, MOST),
            rule(
                "gate_decision_choice",
                "decision",
                Q(decision__in=["", *Decided.values]),
                f"Choose one of: {', '.join(Decided.values)}.",
            ),
            rule(
                "gate_next_to",
                "stage_to",
                Q(
                    *(
                        Q(stage_from=a, stage_to=b)
                        for near in (NEXT, BACK)
                        for a, b in near.items()
                    ),
                    _connector=Q.OR,
                ),
                NEXT_TO,
            ),
            rule(
                "gate_decided",
                "decision",
                Q(state="decided", decided_on__isnull=False) & ~Q(decision="")
                | ~Q(state="decided") & Q(decision="", decided_on__isnull=True),
                "A gate that is decided has its decision and its day, and no other has.",
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state="open"),
                name="gate_one_open",
                violation_error_message="Another gate of this project is open.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def decided_at(self) -> Gate:
        """The gate whose approvers decide about this row: itself."""
        return self

    def approved_by(self, person: Person) -> bool:
        """Return whether a person is one of those who decide, and does not lead the project by
        now."""
        if person.pk == self.project.project_manager_id:
            return False
        named = Q(pk=person.pk)
        return self.approvers.filter(named).exists() or self.pmo_approvers.filter(named).exists()
