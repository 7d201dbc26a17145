"""Everything that holds a gate, or the entry of a stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from pmhub.page_addresses import address_of
from pmhub.services import Conflict
from programmes.models import ExceptionReport, ExceptionState
from programmes.queries.stage_requirements import missing_requirements
from programmes.queries.step_blockers import Blocker, at_records, pages_of
from projects.models import (
    ComplianceItem,
    ConditionState,
    CriterionState,
    Gate,
    GateCondition,
    Inspection,
    InspectionFinding,
    InspectionPlan,
    Project,
    ProjectStage,
)
from projects.models.gate.decision_triggers import HELD_BY, LAPSED, UNDECIDED, UNMET
from projects.models.gate.inspections import UNPASSED
from projects.models.gate.standards import UNANSWERED
from projects.models.states import BACK, ComplianceState
from projects.queries.inspections import unpassed_inspections
from projects.queries.lessons import unanswered_standards

UNGRANTED = "Obtain first what blocks this stage"
INSPECTED: dict[type, str] = {
    Inspection: "inspections", InspectionPlan: "inspection-plans", InspectionFinding: "findings",
}  # fmt: skip


def check_passable(gate: Gate, day: date) -> None:
    """Raise Conflict with everything that blocks a gate on a day: criteria that are not met, legal
    duties that come first, things that a programme or tranche still lacks, lapsed conditions of
    earlier gates, undecided exceptions, mandatory standards without an answer, and inspections that
    were not passed."""
    if holds := list(gate_blockers(gate, day)):
        items = blocking(gate.project, gate.stage_to) if gate.project else []
        raise held_conflict("state", holds, kind="blocked", blocking=codes_of(items))


def held_conflict(field: str, holds: Sequence[Blocker], *, kind: str, **members: Any) -> Conflict:
    """Return the conflict, at one field, that says what holds a step and where that is settled."""
    return Conflict(
        {field: [str(hold) for hold in holds]}, kind=kind, see=pages_of(holds), **members
    )


def gate_blockers(gate: Gate, day: date) -> Iterator[Blocker]:
    """Yield what holds a gate on a day."""
    undecided = (CriterionState.NOT_ASSESSED, CriterionState.NOT_MET)
    unmet = gate.criteria.filter(mandatory=True, state__in=undecided)
    yield from _named(UNMET, "gate-criteria", ((row.pk, row.text) for row in unmet))
    home = Q(project=gate.project) if gate.project else Q(programme=gate.programme_above)
    lapsed = GateCondition.objects.filter(home, state=ConditionState.OPEN, due_on__lt=day)
    yield from _named(LAPSED, "gate-conditions", ((row.pk, row.text) for row in lapsed))
    strayed = ((row.pk, str(row.get_kind_display())) for row in undecided_exceptions(gate))
    yield from _named(UNDECIDED, "exceptions", strayed)
    if gate.project is None:
        yield from missing_requirements(gate.place, gate.stage_to)
        return
    standards = unanswered_standards(gate.project, gate.stage_from)
    yield from _named(UNANSWERED, "process-assets", ((row.pk, str(row)) for row in standards))
    yield from _unpassed(gate.project, gate.stage_to)
    yield from stage_blockers(gate.project, gate.stage_to)


def _unpassed(project: Project, stage: str) -> Iterator[Blocker]:
    ways = tuple(
        (str(row), address_of("record", INSPECTED[type(row)], row.pk))
        for row in unpassed_inspections(project, stage)
    )
    if ways:
        yield Blocker(UNPASSED.removesuffix("."), ways)


def _named(words: str, collection: str, rows: Iterable[tuple[int, str]]) -> Iterator[Blocker]:
    ways = tuple((called, address_of("record", collection, pk)) for pk, called in rows)
    if ways:
        yield Blocker(words.removesuffix("."), ways)


def stage_blockers(project: Project, stage: str) -> Iterator[Blocker]:
    """Yield what holds the entry of a stage: the compliance items that are not granted."""
    yield from at_records(UNGRANTED, blocking(project, stage), "compliance-items")


def undecided_exceptions(gate: Gate) -> Any:
    """Return the exceptions that hold a gate: those of its project and its case, or of the case
    of its programme, that nobody has decided about."""
    home = Q(case__programme=gate.programme_above)
    if gate.project:
        home = Q(project=gate.project) | Q(case__project=gate.project)
    return ExceptionReport.objects.filter(home, state=ExceptionState.OPEN)


def blocking(project: Project, stage: str) -> QuerySet[ComplianceItem]:
    """Return the compliance items that hold the entry of a stage until they are granted."""
    if stage == BACK.get(ProjectStage(project.stage)):
        return ComplianceItem.objects.none()
    blocks = HELD_BY.get(ProjectStage(stage), ())
    items = ComplianceItem.objects.filter(project=project, blocks__in=blocks)
    return items.exclude(state=ComplianceState.GRANTED)


def codes_of(items: Any) -> list[str]:
    """Return the codes of compliance items, in order."""
    return sorted(item.code for item in items)
