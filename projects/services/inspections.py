"""The verbs of inspections and findings, and drawing the next inspections from plans."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, InternalError, transaction
from django.db.models import QuerySet

from pmhub.access.separation_of_duties import check_apart
from pmhub.database.history import because
from pmhub.models import User
from pmhub.services import add, judge_of, lock, refuse_state, save, turn
from projects.models import (
    LIVE,
    Inspection,
    InspectionFinding,
    InspectionPlan,
    InspectionState,
    PlanState,
)
from projects.queries.inspections import (
    follows_oversight,
    inspector_now_leads,
    next_inspection_on,
    version_in_force,
)
from projects.services.codes import code_beside

log = logging.getLogger(__name__)

# The fields that an inspection takes from the plan that it is drawn from.
DRAWN = ("project", "title", "hold_point", "milestone", "inspector")
# The fields that say whether an inspection is for the point that its plan holds now. A milestone
# stays the same when its project is merged into another: then the project does not count.
POINT = ("project_id", "hold_point", "milestone_id")
MILESTONE = POINT[1:]
LED = "Who leads a project does not inspect it, nor does their deputy."
CALLED_OFF = "Who leads a project does not call an inspection of it off, nor does their deputy."
OWN = "Who corrects something, or leads the project, does not verify that."


@transaction.atomic
def hold_inspection(inspection: Inspection, *, by: User | None, **said: Any) -> Inspection:
    """Record the result of an inspection. Nobody who leads the project may do so."""
    check_apart(by, inspection, "result", LED)
    _check_inspector(inspection)
    held = turn(inspection, noun="holding", by=by, **said)
    _draw_next(held)
    return held


@transaction.atomic
def cancel_inspection(inspection: Inspection, *, by: User | None) -> Inspection:
    """Cancel an inspection, and draw the next one of its plan. Nobody who leads the project may do
    so."""
    check_apart(by, inspection, "state", CALLED_OFF)
    cancelled = turn(inspection, noun="cancellation", by=by)
    _draw_next(cancelled)
    return cancelled


def _check_inspector(inspection: Inspection) -> None:
    """Refuse to hold an inspection whose inspector has come to lead the project since."""
    if Inspection.objects.filter(inspector_now_leads(), pk=inspection.pk).exists():
        message = f"{inspection.inspector} has come to lead it: name another inspector first."
        refuse_state("inspector", message)


def _draw_next(inspection: Inspection) -> None:
    if inspection.plan_id is not None:
        draw_inspections(InspectionPlan.objects.filter(pk=inspection.plan_id))


def draw_inspections(plans: QuerySet[InspectionPlan]) -> int:
    """Plan the next inspection of each of these plans that has none, and move a planned one to the
    day on which it is due now. Return how many were planned.

    It may run at any time: a second run at once waits for the first, and has nothing left to do. A
    plan that fails stops no other, and is tried again the next time.
    """
    drawn = 0
    for plan in plans.filter(state=PlanState.ACTIVE, project__status__in=LIVE).order_by("pk"):
        try:
            with transaction.atomic():
                drawn += _draw(lock(plan))
        except (ValidationError, IntegrityError, InternalError):  # a rule of the database
            log.exception("No inspection was drawn from plan %s", plan.pk)
    return drawn


def _draw(plan: InspectionPlan) -> bool:
    """Plan the next inspection of a plan, and return whether one was added. A planned one for
    another point than the plan holds now is cancelled."""
    rows = []
    for row in Inspection.objects.filter(plan=plan).order_by("-pk"):
        point = MILESTONE if plan.milestone_id else POINT
        if all(getattr(row, name) == getattr(plan, name) for name in point):
            rows.append(row)
        elif row.state == InspectionState.PLANNED:
            with because("Its plan is for something else now."):
                turn(row, noun="cancellation", by=None)
    day = next_inspection_on(plan, [row for row in rows if row.state != InspectionState.PLANNED])
    planned = next((row for row in rows if row.state == InspectionState.PLANNED), None)
    if planned is None and day is not None:
        made = Inspection(
            plan=plan,
            planned_on=day,
            asset_version=version_in_force(plan),
            **{name: getattr(plan, name) for name in DRAWN},
        )
        made.code = next_inspection_code(made)
        add(made, by=None)
        return True
    if planned and day and planned.planned_on != day and follows_oversight(plan):
        planned.planned_on = day
        save(planned, "planned_on", by=None)
    return False


@transaction.atomic
def verify_finding(
    finding: InspectionFinding, *, by: User | None, **said: Any
) -> InspectionFinding:
    """Verify that a finding is corrected. Nobody verifies what they have corrected themself."""
    judge = judge_of(finding, "verified_by", "verifies", by, own=OWN)
    return turn(finding, noun="verification", verified_by=judge, by=by, **said)


def next_inspection_code(inspection: Inspection) -> str:
    """Return the code after those of the inspections in the same place."""
    return code_beside(inspection, ("project",), "IN01")


def next_finding_code(finding: InspectionFinding) -> str:
    """Return the code after those of the findings in the same place."""
    return code_beside(finding, ("inspection",), "F01")


def next_plan_code(plan: InspectionPlan) -> str:
    """Return the code after those of the plans in the same place."""
    return code_beside(plan, ("project",), "IP01")
