"""Inspections and findings that hold the entry of a stage, and the day of the next inspection of a
plan."""

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


def inspector_now_leads() -> Q:
    """Return the condition that the inspector of an inspection has come to lead its project or
    programme since."""
    current = RoleAssignment.objects.current(timezone.localdate())
    roles = current.filter(
        Q(project=OuterRef("project"), role__startswith="project")
        | Q(programme=OuterRef("project__programme"), role__in=[Role.PROGRAMME_MANAGER, Role.SRO]),
        person=OuterRef("inspector"),
    )
    posts = (Q(inspector=F(way)) for way in LED_BY)
    return functools.reduce(operator.or_, posts, Q(Exists(roles)))


def unpassed_inspections(
    project: Project, stage: str
) -> list[Inspection | InspectionPlan | InspectionFinding]:
    """Return what holds the entry of a stage: inspections planned for it, the last one if it
    failed, plans with no inspection passed or planned, and critical findings that nobody has
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
    """Return the failed inspections of a project that were the last for the entry of their
    stage."""
    held = Inspection.objects.filter(project=project, state=InspectionState.HELD)
    last = held.exclude(hold_point="").order_by("hold_point", "-held_on", "-pk")
    ids = last.distinct("hold_point").values("pk")
    return Inspection.objects.filter(pk__in=ids, result=InspectionResult.FAIL)


def critical_unsettled(project: Project) -> QuerySet[InspectionFinding]:
    """Return the critical findings of a project that nobody has verified."""
    return InspectionFinding.objects.filter(
        inspection__project=project, severity=FindingSeverity.CRITICAL, state__in=UNSETTLED
    )


def follows_oversight(plan: InspectionPlan) -> bool:
    """Return whether the interval between the inspections of a plan follows the oversight of its
    project."""
    return not plan.holds_a_point and plan.every_days is None


def plans_by_oversight(plan_ids: Iterable[int]) -> dict[int, tuple[str, int]]:
    """Return the level of oversight and the days between two inspections for each of these plans
    whose interval follows the oversight of its project, in one query."""
    rows = InspectionPlan.objects.filter(
        pk__in=plan_ids, hold_point="", milestone=None, every_days=None
    )
    plans = {}
    for plan in rows.select_related(*(f"project__{way}" for way in WATCHED)):
        level = oversight_of(plan.project)
        calendar = plan.project.owner_portfolio.rules_of(Calendar)
        plans[plan.pk] = (level, timedelta(weeks=calendar.inspection_weeks(level)).days)
    return plans


def next_inspection_on(plan: InspectionPlan, before: Sequence[Inspection]) -> date | None:
    """Return the day on which the next inspection of a plan is due; `before` are its earlier ones,
    the last first. None where there is no next one: the point that it holds has been passed, or the
    project has not begun. A cancelled inspection passes nothing."""
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
    """Return the day of the next inspection after `since`, by the interval of the plan or else by
    the project's oversight."""
    if since is None:
        return None
    if plan.every_days is not None:
        return since + timedelta(days=plan.every_days)
    calendar = plan.project.owner_portfolio.rules_of(Calendar)
    return next_inspection_due(oversight_of(plan.project), since, calendar)


def _point_on(plan: InspectionPlan) -> date | None:
    """Return the day on which the stage or the milestone that waits for a plan is expected."""
    if plan.begins_on is not None:
        return plan.begins_on
    if plan.milestone:
        return plan.milestone.forecast_on or plan.milestone.baseline_on
    gates = Gate.objects.filter(project=plan.project_id, stage_to=plan.hold_point)
    return gates.order_by("-pk").values_list("planned_on", flat=True).first()


def version_in_force(plan: InspectionPlan | Inspection) -> AssetVersion | None:
    """Return the version that is in force now of the standard of a plan or an inspection; None
    where none is."""
    if plan.asset_version is None:
        return None
    rows = AssetVersion.objects.filter(asset=plan.asset_version.asset_id)
    return rows.filter(state=VersionState.PUBLISHED).first()
