"""Holding a gate: it is opened, those who decide vote, and what they decide moves the project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pmhub.access import Withheld
from pmhub.models import Person, RoleAssignment, User
from pmhub.permissions import Role
from pmhub.services import (
    Conflict,
    add,
    as_of,
    check_move,
    lock,
    person_of,
    refuse,
    refuse_state,
    save,
    turn,
)
from pmhub.text import next_code
from programmes.models import Board, BoardKind, ExceptionReport, ExceptionState
from programmes.queries.forecasts import oversight_of
from projects import gates
from projects.models import (
    ComplianceItem,
    ConditionState,
    CriterionState,
    Gate,
    GateCondition,
    GateCriterion,
    GateState,
    GateVote,
    Project,
    ProjectStage,
)
from projects.models.gate.gate import ELSEWHERE, HELD_BY, LAPSED, UNDECIDED, UNMET
from projects.models.registers import ComplianceState
from projects.models.states import BACK

NUMBER = "G1"


@dataclass(frozen=True, slots=True)
class Approving:
    """Who decides the gates of a project now: of `people` so many (`quorum`), and one of `pmo`
    where there are any. `confirmed`: the PMO says which criteria are met."""

    level: str
    people: frozenset[int]
    quorum: int
    pmo: frozenset[int]
    confirmed: bool

    def is_up_to(self, person: Person | None) -> bool:
        """Return whether one person decides alone."""
        if person is None or self.quorum > 1 or person.pk not in self.people:
            return False
        return not self.pmo or person.pk in self.pmo


def approving(project: Project) -> Approving:
    """Return who decides the gates of a project: by its oversight and the kind of PMO there is,
    never its own manager. Raises Conflict where nobody could."""
    level, portfolio = oversight_of(project), project.owner_portfolio
    rule = gates.APPROVALS[portfolio.pmo_type][level]
    pmo = _pmo(project) if rule.pmo else frozenset()
    people, quorum = pmo, 1
    if rule.board:
        people, quorum = _board(project)
    elif rule.manager:
        people = _manager(project)
    people, pmo = people - {project.project_manager_id}, pmo - {project.project_manager_id}
    if len(people) < quorum or (rule.pmo and not pmo):
        refuse_state("approvers", _nobody(rule))
    return Approving(level, people, quorum, pmo if rule.board else frozenset(), rule.confirmed)


def _nobody(rule: gates.Approval) -> str:
    """Return who is missing, in a sentence."""
    if rule.board:
        return "The board decides this: set one up, with members enough for its quorum."
    if rule.manager:
        return "Name who leads above the project manager first: they decide this."
    return "Somebody in the PMO decides this: give the role first."


def _manager(project: Project) -> frozenset[int]:
    above = project.programme.programme_manager_id if project.programme else project.executive_id
    return frozenset() if above is None else frozenset({above})


def _board(project: Project) -> tuple[frozenset[int], int]:
    if project.programme:
        place = Q(programme=project.programme, kind=BoardKind.PROGRAMME_BOARD)
    else:
        place = Q(portfolio=project.portfolio, kind=BoardKind.PORTFOLIO_BOARD)
    board = Board.objects.filter(place, archived_at__isnull=True).order_by("pk").first()
    if board is None:
        return frozenset(), 1
    return frozenset(board.members.values_list("pk", flat=True)), board.quorum


def _pmo(project: Project) -> frozenset[int]:
    """The people of the PMO over a project."""
    portfolio = project.owner_portfolio
    there = Q(portfolio=portfolio) | Q(portfolio=None, programme=None, project=None)
    held = RoleAssignment.objects.current(timezone.localdate()).filter(there, role=Role.PMO)
    return frozenset(held.values_list("person", flat=True))


@transaction.atomic
def open_gate(gate: Gate, *, by: User | None) -> Gate:
    """Open a gate: it takes the criteria of the template of its project, and who decides is who
    does now."""
    project = lock(lock(gate).project)
    check_move(gate, "opening")
    if not project.live or project.stage != gate.stage_from:
        refuse_state("stage_from", f"{ELSEWHERE} Cancel this gate, and plan another.")
    if project.gates.filter(state=GateState.OPEN).exists():
        refuse_state("state", "Another gate of this project is open: decide or cancel that first.")
    found = approving(project)
    _take_criteria(gate, project, by=by)
    gate.approvers.set(found.people)
    gate.pmo_approvers.set(found.pmo)
    return turn(
        gate,
        noun="opening",
        oversight=found.level,
        quorum=found.quorum,
        pmo_confirms=found.confirmed,
        by=by,
    )


def _take_criteria(gate: Gate, project: Project, *, by: User | None) -> None:
    if project.template is None:
        return
    held = set(gate.criteria.values_list("text", flat=True))
    for each in project.template.criteria.filter(stage=gate.stage_to).exclude(text__in=held):
        add(GateCriterion(gate=gate, text=each.text, mandatory=each.mandatory), by=by)


@transaction.atomic
def vote(
    gate: Gate,
    *,
    choice: str,
    comment: str = "",
    condition: str = "",
    due_on: date | None = None,
    owner: Person | None = None,
    voter: Person | None = None,
    by: User | None,
) -> Gate:
    """Vote at a gate, once; `condition` is what has to be done by a day. With the last vote that it
    takes the gate is decided: by the strictest choice of a majority. `voter` is another than who
    acts, where votes are taken over."""
    lock(gate.project)
    if lock(gate).state != GateState.OPEN:
        refuse_state("state", "This gate is not open: nobody votes.")
    person = voter or person_of(by)
    if person is None or not gate.approved_by(person):
        raise Withheld("choice", "Those who decide this gate vote, and nobody else.")
    if gate.votes.filter(person=person).exists():
        refuse_state("choice", "You have voted already.")
    today = as_of(gate)
    add(GateVote(gate=gate, person=person, choice=choice, comment=comment, on=today), by=by)
    if condition:
        _ask(gate, condition, due_on, owner, by=by)
    if _enough(gate):
        _decide(gate, today, by=by)
    return gate


def _ask(
    gate: Gate, text: str, due_on: date | None, owner: Person | None, *, by: User | None
) -> None:
    """Ask for something by a day, of whoever owns it or else the project manager."""
    if due_on is None:
        refuse("due_on", "Say by when the condition is to be met.")
    held = GateCondition(gate=gate, project=gate.project, text=text, due_on=due_on)
    held.owner = owner or gate.project.project_manager
    add(held, by=by)


def _enough(gate: Gate) -> bool:
    """Return whether as many have voted as it takes."""
    voted = set(gate.votes.values_list("person", flat=True))
    pmo = set(gate.pmo_approvers.values_list("pk", flat=True))
    of_board = voted & set(gate.approvers.values_list("pk", flat=True))
    return len(of_board) >= gate.quorum and (not pmo or bool(voted & pmo))


def _decide(gate: Gate, day: date, *, by: User | None) -> None:
    """Decide a gate as its votes say. Raises Conflict with what holds it."""
    votes = list(gate.votes.all())
    gate.decision = gates.outcome([each.choice for each in votes])
    if gate.decision in gates.PROCEEDING:
        check_passable(gate, day)
    if gate.decision == gates.Choice.CONDITIONS and not gate.conditions.exists():
        refuse("condition", "Say under which condition the project goes on, and by when it is met.")
    gate.state, gate.decided_on = GateState.DECIDED, day
    gate.reason = "\n".join(each.comment for each in votes if each.comment)
    save(gate, "state", "decision", "decided_on", "reason", by=by)


def check_passable(gate: Gate, day: date) -> None:
    """Raise Conflict with all that holds a gate on a day: criteria, what the law asks for first,
    and conditions of gates before that have lapsed."""
    errors = list(_against(gate, day))
    if codes := against_stage(gate.project, gate.stage_to):
        errors.append(f"Obtain first what blocks this stage: {', '.join(codes)}.")
    if errors:
        raise Conflict({"state": errors}, kind="blocked", blocking=codes)


def _against(gate: Gate, day: date) -> Iterator[str]:
    undecided = (CriterionState.NOT_ASSESSED, CriterionState.NOT_MET)
    unmet = gate.criteria.filter(mandatory=True, state__in=undecided)
    if names := [each.text for each in unmet]:
        yield f"{UNMET} {'; '.join(names)}."
    raised = ExceptionReport.objects.filter(project=gate.project, state=ExceptionState.OPEN)
    if names := [each.get_kind_display() for each in raised]:
        yield f"{UNDECIDED} {'; '.join(names)}."
    lapsed = GateCondition.objects.filter(
        project=gate.project, state=ConditionState.OPEN, due_on__lt=day
    )
    if names := [each.text for each in lapsed]:
        yield f"{LAPSED} {'; '.join(names)}."


def against_stage(project: Project, stage: str) -> list[str]:
    """The codes of the compliance items that hold the entry of a stage until they are granted."""
    if stage == BACK.get(ProjectStage(project.stage)):
        return []
    blocks = HELD_BY.get(ProjectStage(stage), ())
    items = ComplianceItem.objects.filter(project=project, blocks__in=blocks)
    items = items.exclude(state=ComplianceState.GRANTED)
    return sorted(items.values_list("code", flat=True))


@transaction.atomic
def move_stage(project: Project, *, target: str, reason: str = "", by: User | None) -> Project:
    """Take a project one stage forward, once nothing blocks it, or one stage back, saying why: by a
    gate that whoever does so decides alone. Raises Conflict where others decide."""
    check_move(lock(project), "stage", target)
    if not project.live:
        refuse_state("stage", "A project that has ended stays in its stage.")
    if target == BACK.get(ProjectStage(project.stage)) and not reason.strip():
        refuse("reason", "Say why the project goes back a stage.")
    if blocking := against_stage(project, target):
        text = f"Obtain first what blocks this stage: {', '.join(blocking)}."
        raise Conflict({"stage": [text]}, kind="blocked", blocking=blocking)
    if by is None or not approving(project).is_up_to(person_of(by)):
        text = "Others decide this: plan a gate of the project, POST /api/v1/gates/, and open it."
        raise Conflict({"stage": [text]}, kind="gate_needed", address="/api/v1/gates/")
    gate = open_gate(add(planned(project, target), by=by), by=by)
    vote(gate, choice=gates.Choice.PROCEED, comment=reason, by=by)
    project.refresh_from_db()
    return project


def next_gate_code(project: Project) -> str:
    """The code that follows on those of a project's gates."""
    return next_code(project.gates.values_list("code", flat=True)) or NUMBER


def planned(project: Project, target: str) -> Gate:
    """A gate of a project to a stage, that is not stored yet."""
    return Gate(
        project=project,
        code=next_gate_code(project),
        title=f"To {ProjectStage(target).label.lower()}",
        stage_from=project.stage,
        stage_to=target,
    )


def judge_criterion(
    criterion: GateCriterion, *, noun: str, by: User | None, **said: str
) -> GateCriterion:
    """Say of a criterion that it is met, not met or waived, as whoever does so."""
    return turn(criterion, noun=noun, assessor=person_of(by), by=by, **said)
