"""Starting, re-planning and moving a project."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from pmhub.history import because
from pmhub.models import User
from pmhub.services import add, lock, not_in_the_future, refuse, save
from programmes.models import Portfolio, Programme
from projects.models import Baseline, Project

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
    """Approve a new plan, which from now on is the one that is measured against.

    `profile` is cumulative planned value: (day, amount) in order. Earlier baselines stay.
    """
    lock(project)
    if not project.live:
        refuse("project", "A project that has ended keeps its plan.")
    not_in_the_future("approved_on", approved_on, as_of=project.owner_portfolio.as_of)
    last = project.baselines.aggregate(last=Max("number"))["last"] or 0
    if last and not reason.strip():
        refuse("reason", "Say why the plan changes.")
    points = _points(profile)
    _check_profile(points, budget_at_completion)
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
    return add(baseline, by=by)


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
    if to_programme and to_programme.portfolio_id != portfolio.pk:
        refuse("to_programme", "Choose a programme of the same portfolio.")
    project.programme, project.tranche = to_programme, None
    project.portfolio = None if to_programme else portfolio
    with because(reason):
        return save(project, "programme", "portfolio", "tranche", by=by)
