"""Which inspections and findings hold the entry of a stage, and when the next of a plan is due."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from pmhub.models import RoleAssignment
from pmhub.permissions import Role
from programmes.queries.forecasts import WATCHED, oversight_of
from projects.calendar import Calendar
from projects.models import (
    AssetVersion,
    FindingSeverity,
    Gate,
    Inspection,
    InspectionFinding,
    InspectionPlan,
    InspectionResult,
    InspectionState,
    PlanState,
    Project,
    VersionState,
)
from projects.models.inspection import UNSETTLED
from projects.models.inspection_base import LED_BY
from projects.oversight import next_inspection_due

PASSED = Q(state=InspectionState.HELD) & ~Q(result=InspectionResult.FAIL)


def leads_by_now() -> Q:
    """Return which inspections have an inspector who has come to lead their project, or its
    programme, since."""
    current = RoleAssignment.objects.current(timezone.localdate())
    roles = current.filter(
        Q(project=OuterRef("project"), role__startswith="project")
        | Q(programme=OuterRef("project__programme"), role__in=[Role.PROGRAMME_MANAGER, Role.SRO]),
        person=OuterRef("inspector"),
    )
    posts = (Q(inspector=F(way)) for way in LED_BY)
    return functools.reduce(operator.or_, posts, Q(Exists(roles)))


def leaders(project: Project) -> set[int]:
    """Return the ids of the people who lead a project, or its programme, by a role."""
    current = RoleAssignment.objects.current(timezone.localdate())
    there = Q(project=project, role__startswith="project")
    above = Q(programme=project.programme_id, role__in=[Role.PROGRAMME_MANAGER, Role.SRO])
    rows = current.filter(there | above if project.programme_id else there)
    return {*rows.values_list("person", flat=True)}


def unpassed_inspections(
    project: Project, stage: str
) -> list[Inspection | InspectionPlan | InspectionFinding]:
    """Return what holds the entry of a stage: inspections that are planned for it, the last if it
    failed, plans of which none was passed or is planned, and critical findings that nobody has
    verified."""
    here = Inspection.objects.filter(project=project, hold_point=stage)
    critical = critical_unsettled(project).filter(
        inspection__hold_point__in=("", stage), inspection__milestone=None
    )
    planned = Q(state=InspectionState.PLANNED)
    settled = here.filter(PASSED | planned, plan=OuterRef("pk"))
    plans = InspectionPlan.objects.filter(
        ~Exists(settled), project=project, hold_point=stage, state=PlanState.ACTIVE
    )
    failed = failed_last(project).filter(hold_point=stage)
    return [*here.filter(planned), *failed, *plans, *critical]


def failed_last(project: Project) -> QuerySet[Inspection]:
    """Return the inspections that failed and were the last for the entry of their stage."""
    held = Inspection.objects.filter(project=project, state=InspectionState.HELD)
    last = held.exclude(hold_point="").order_by("hold_point", "-held_on", "-pk")
    ids = last.distinct("hold_point").values("pk")
    return Inspection.objects.filter(pk__in=ids, result=InspectionResult.FAIL)


def critical_unsettled(project: Project) -> QuerySet[InspectionFinding]:
    """Return the critical findings at a project that nobody has verified."""
    return InspectionFinding.objects.filter(
        inspection__project=project, severity=FindingSeverity.CRITICAL, state__in=UNSETTLED
    )


def follows_oversight(plan: InspectionPlan) -> bool:
    """Return whether how often it is looked at follows the oversight of the project."""
    return not plan.holds_a_point and plan.every_days is None


def plans_by_oversight(plan_ids: Iterable[int]) -> dict[int, tuple[str, int]]:
    """Return of those of these plans that follow the oversight of their project how closely it is
    watched, and how many days lie between two inspections by that, in one query."""
    rows = InspectionPlan.objects.filter(
        pk__in=plan_ids, hold_point="", milestone=None, every_days=None
    )
    told = {}
    for plan in rows.select_related(*(f"project__{way}" for way in WATCHED)):
        level = oversight_of(plan.project)
        calendar = plan.project.owner_portfolio.rules_of(Calendar)
        told[plan.pk] = (level, timedelta(weeks=calendar.inspection_weeks(level)).days)
    return told


def next_inspection_on(plan: InspectionPlan, before: Sequence[Inspection]) -> date | None:
    """Return on which day the next inspection of a plan is due, after those before it, the last
    first; None where none is to come: what waited for it has passed, or the project has not begun.
    One that was cancelled has passed nothing."""
    last = before[0] if before else None
    today = plan.project.owner_portfolio.as_of
    if plan.holds_a_point:
        held = (row for row in before if row.state == InspectionState.HELD)
        passed = any(row.result != InspectionResult.FAIL for row in held)
        return None if passed else max(_point_on(plan) or today, today)
    if last is None:
        return plan.begins_on or _after(plan, plan.project.actual_start)
    return _after(plan, last.held_on or last.planned_on)


def _after(plan: InspectionPlan, since: date | None) -> date | None:
    """The day of the next, from a day on: by the plan, or else by how closely it is watched."""
    if since is None:
        return None
    if plan.every_days is not None:
        return since + timedelta(days=plan.every_days)
    calendar = plan.project.owner_portfolio.rules_of(Calendar)
    return next_inspection_due(oversight_of(plan.project), since, calendar)


def _point_on(plan: InspectionPlan) -> date | None:
    """The day on which what waits for a plan is expected."""
    if plan.begins_on is not None:
        return plan.begins_on
    if plan.milestone:
        return plan.milestone.forecast_on or plan.milestone.baseline_on
    gates = Gate.objects.filter(project=plan.project_id, stage_to=plan.hold_point)
    return gates.order_by("-pk").values_list("planned_on", flat=True).first()


def version_in_force(plan: InspectionPlan | Inspection) -> AssetVersion | None:
    """Return the version of the standard of a plan, or an inspection, that is in force by now; None
    where none is."""
    if plan.asset_version is None:
        return None
    rows = AssetVersion.objects.filter(asset=plan.asset_version.asset_id)
    return rows.filter(state=VersionState.PUBLISHED).first()
