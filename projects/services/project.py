"""Starting, re-planning, moving and reopening a project."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet

from benefits.services import withdraw_reviews
from pmhub.database.history import because
from pmhub.formats import spoken
from pmhub.models import User
from pmhub.services import add, check_days, check_move, lock, refuse, refuse_state, save
from programmes.models import Portfolio, Programme
from programmes.models.closure_triggers import ENDED
from programmes.models.programme_line import TO_COMPLETE
from programmes.queries.money import overdrawn_envelope
from projects.models import Baseline, Output, Project, ProjectStage, ProjectStatus
from projects.models.closure_triggers import ARCHIVED
from projects.models.progress import COMPLETE
from projects.models.states import OutputState
from projects.queries.work import is_counted

Point = tuple[date, Decimal]


def create_project(home: Programme | Portfolio, *, by: User | None, **fields: Any) -> Project:
    """Start a project in a programme, or standing alone in a portfolio under the PMO."""
    key = "programme" if isinstance(home, Programme) else "portfolio"
    return add(Project(**{key: home}, **fields), by=by)


@transaction.atomic
def rebaseline(
    project: Project,
    *,
    starts_on: date,
    finishes_on: date,
    budget_at_completion: Decimal,
    profile: Iterable[Sequence[Any]],
    approved_on: date,
    reason: str,
    by: User | None,
) -> Baseline:
    """Approve a new plan, against which the project is measured from now on.

    `profile` is cumulative planned value: (day, amount) in order. Earlier baselines stay.
    """
    lock(project)
    last = project.baselines.aggregate(last=Max("number"))["last"] or 0
    points = _points(profile)
    baseline = Baseline(
        project=project,
        number=last + 1,
        approved_on=approved_on,
        starts_on=starts_on,
        finishes_on=finishes_on,
        budget_at_completion=budget_at_completion,
        planned_value_profile=[[day.isoformat(), str(value)] for day, value in points],
        reason=reason,
    )
    check_plan(baseline)
    return add(baseline, by=by)


def approve_plan(
    project: Project,
    *,
    approved_on: date,
    starts_on: date,
    finishes_on: date,
    budget_at_completion: Decimal,
    reason: str = "",
    by: User | None,
) -> Baseline:
    """Approve a new plan whose value is planned evenly from its start to its finish."""
    points: list[Point] = [(finishes_on, budget_at_completion)]
    if starts_on < finishes_on:
        points.insert(0, (starts_on, Decimal(0)))
    return rebaseline(
        project, approved_on=approved_on, starts_on=starts_on, finishes_on=finishes_on,
        budget_at_completion=budget_at_completion, profile=points, reason=reason, by=by,
    )  # fmt: skip


def check_plan(plan: Baseline) -> None:
    """Refuse a plan of a project that has ended, one that changes an approved plan without a
    reason, and one whose planned value does not rise to the budget between its days."""
    if not plan.project.live:
        refuse("project", "A project that has ended keeps its plan.")
    check_days(plan, ["approved_on"])
    others = plan.project.baselines.exclude(pk=plan.pk).filter(approved_on__isnull=False)
    if plan.approved_on and not plan.reason.strip() and others.exists():
        refuse("reason", "Say why the plan changes.")
    points = _points(plan.planned_value_profile)
    _check_profile(points, plan.budget_at_completion)
    ordered = plan.starts_on <= plan.finishes_on  # otherwise the plan's own constraint refuses it
    if points and ordered and (points[0][0] < plan.starts_on or points[-1][0] > plan.finishes_on):
        refuse("planned_value_profile", "Planned value lies between the start and the finish.")


def _points(profile: Iterable[Sequence[Any]]) -> list[Point]:
    try:
        return [
            (day if isinstance(day, date) else date.fromisoformat(day), Decimal(str(value)))
            for day, value in profile
        ]
    except (TypeError, ValueError, InvalidOperation) as error:
        raise ValidationError(
            {"planned_value_profile": ['Give points as [["2026-10-31", "41200.00"], …].']}
        ) from error


def _check_profile(points: list[Point], budget: Decimal) -> None:
    field = "planned_value_profile"
    if not all(value.is_finite() and 0 <= value <= budget for _, value in points):
        refuse(field, "Planned value lies between 0 and the budget at completion.")
    if any(after[0] <= before[0] or after[1] < before[1] for before, after in pairwise(points)):
        refuse(field, "Planned value is cumulative: days in order, amounts never falling.")
    if points and points[-1][1] != budget:
        refuse(field, "Planned value ends at the budget at completion.")


@transaction.atomic
def move_project(
    project: Project, *, to_programme: Programme | None, reason: str, by: User | None
) -> Project:
    """Put the project into another programme, or (None) let it stand alone under the PMO.

    Contingency that it drew stays with the programme that gave it, and benefits with the programme
    that owns them.
    """
    lock(project)
    portfolio, old = project.owner_portfolio, project.programme
    if not project.live:
        refuse("project", "A project that has ended stays where it is.")
    if not reason.strip():
        refuse("reason", "Say why the project moves.")
    if to_programme == old:
        refuse("to_programme", "The project is there already.")
    if to_programme and to_programme.stage in ENDED:
        refuse_state("to_programme", "This programme has ended: choose another.")
    if to_programme and to_programme.portfolio_id != portfolio.pk:
        refuse("to_programme", "Choose a programme of the same portfolio.")
    if to_programme:
        check_envelopes(
            to_programme, "to_programme", projects=Project.objects.filter(pk=project.pk)
        )
    project.programme, project.tranche = to_programme, None
    project.portfolio = None if to_programme else portfolio
    with because(reason):
        return save(project, "programme", "portfolio", "tranche", by=by)


def check_envelopes(
    programme: Programme,
    field: str,
    *,
    projects: QuerySet[Project],
    also: Programme | None = None,
) -> None:
    """Refuse, at a field, that these projects, and the lines of another programme (`also`), come to
    a programme, where their budgets would exceed an envelope."""
    lock(programme.portfolio)  # two that come under the last of an envelope see one another
    if over := overdrawn_envelope(programme, projects=projects, also=also):
        amount = spoken(over[1], programme.portfolio)
        refuse_state(field, f"It would go {amount} above the envelope {over[0]}: raise that first.")


@transaction.atomic
def reopen_project(
    project: Project, *, percent_complete: Decimal | None = None, reason: str, by: User | None
) -> Project:
    """Reopen a project that ended too early; it has no actual finish any more.

    A closed one is in its last stage again. Of a stopped one, the estimate to complete is unknown
    again, and the open reviews of its benefits are answered.
    """
    check_move(lock(project), "reopening")
    if project.archived_at is not None:
        refuse_state("archived_at", ARCHIVED)
    if project.terminated:
        project.terminated_on, project.ended_reason = None, ""
        project.still_costs(None)
        withdraw_reviews(project, findings=reason, by=by)
    else:
        project.stage = ProjectStage.OPERATE
    project.status, project.actual_finish = ProjectStatus.ACTIVE, None
    if percent_complete is not None:
        project.percent_complete = percent_complete
    check_complete(project)
    fields = "status stage terminated_on ended_reason actual_finish percent_complete"
    with because(reason):
        return save(project, *fields.split(), *TO_COMPLETE, by=by)


def check_progress(before: Project, after: Project, *, reason: str) -> None:
    """Refuse less progress than before without a reason, and 100 % of a project that is not
    complete."""
    if after.percent_complete < before.percent_complete and not reason.strip():
        refuse("reason", "Say why less is complete than before.")
    check_complete(after)


def check_complete(project: Project) -> None:
    """Refuse 100 % of a project that has not finished, unless all its outputs are accepted."""
    if project.percent_complete < 100 or project.actual_finish or is_counted(project):
        return
    outputs = Output.objects.filter(project=project.pk).exclude(state=OutputState.DESCOPED)
    if not outputs.exists() or outputs.exclude(state=OutputState.ACCEPTED).exists():
        refuse("percent_complete", COMPLETE)
