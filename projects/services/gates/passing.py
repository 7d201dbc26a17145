"""What holds a gate, or the entry of a stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Q

from pmhub.services import Conflict
from programmes.models import ExceptionReport, ExceptionState
from programmes.queries.preparation import lacking
from projects.models import (
    ComplianceItem,
    ConditionState,
    CriterionState,
    Gate,
    GateCondition,
    Project,
    ProjectStage,
)
from projects.models.gate.deciding import HELD_BY, LAPSED, UNDECIDED, UNMET
from projects.models.gate.inspected import UNPASSED
from projects.models.gate.standards import UNANSWERED
from projects.models.registers import ComplianceState
from projects.models.states import BACK
from projects.queries.inspections import unpassed
from projects.queries.lessons import unanswered


def check_passable(gate: Gate, day: date) -> None:
    """Raise Conflict with all that holds a gate on a day: criteria, what the law asks for first,
    what a programme or a tranche still lacks, conditions of gates before that have lapsed, and
    exceptions of which nobody has decided what becomes, mandatory standards that a project has not
    answered, and inspections that it has not passed."""
    if errors := list(against(gate, day)):
        codes = against_stage(gate.project, gate.stage_to) if gate.project else []
        raise Conflict({"state": errors}, kind="blocked", blocking=codes)


def against(gate: Gate, day: date) -> Iterator[str]:
    """Return what holds a gate on a day, each as a sentence."""
    undecided = (CriterionState.NOT_ASSESSED, CriterionState.NOT_MET)
    unmet = gate.criteria.filter(mandatory=True, state__in=undecided)
    if names := [each.text for each in unmet]:
        yield f"{UNMET} {'; '.join(names)}."
    home = Q(project=gate.project) if gate.project else Q(programme=gate.programme_above)
    lapsed = GateCondition.objects.filter(home, state=ConditionState.OPEN, due_on__lt=day)
    if names := [each.text for each in lapsed]:
        yield f"{LAPSED} {'; '.join(names)}."
    raised = ExceptionReport.objects.filter(
        Q(project=gate.project) if gate.project else Q(case__programme=gate.programme_above),
        state=ExceptionState.OPEN,
    )
    if names := [each.get_kind_display() for each in raised]:
        yield f"{UNDECIDED} {'; '.join(names)}."
    if gate.project:
        yield from _against_project(gate.project, gate)
    else:
        yield from lacking(gate.place, gate.stage_to)


def _against_project(project: Project, gate: Gate) -> Iterator[str]:
    """Return what a project has not done yet before its gate."""
    if names := [str(each) for each in unanswered(project, gate.stage_from)]:
        yield f"{UNANSWERED} {'; '.join(names)}."
    if names := [str(each) for each in unpassed(project, gate.stage_to)]:
        yield f"{UNPASSED} {'; '.join(names)}."
    if codes := against_stage(project, gate.stage_to):
        yield f"Obtain first what blocks this stage: {', '.join(codes)}."


def against_stage(project: Project, stage: str) -> list[str]:
    """The codes of the compliance items that hold the entry of a stage until they are granted."""
    if stage == BACK.get(ProjectStage(project.stage)):
        return []
    blocks = HELD_BY.get(ProjectStage(stage), ())
    items = ComplianceItem.objects.filter(project=project, blocks__in=blocks)
    items = items.exclude(state=ComplianceState.GRANTED)
    return sorted(items.values_list("code", flat=True))
