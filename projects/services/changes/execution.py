"""Making the writes of a change request with the rights of those who approved it."""

from __future__ import annotations

import copy
from collections import defaultdict
from decimal import Decimal
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from pmhub.access import Grants, grants_of
from pmhub.database.history import because
from pmhub.models import Person, User
from pmhub.permissions import Role
from pmhub.services import as_of, refuse_state
from programmes.models import Level
from projects.changes import HeldWrite, replanned
from projects.evm import profile_points
from projects.models import ChangeChoice, ChangeRequest, ChangeState, Project
from projects.services.changes.deciders import OF_PROJECT, programme_of
from projects.services.project import approve_plan, rebaseline


def empowered(change: ChangeRequest, by: Any) -> Any:
    """Return a copy of the user with further rights at the place of the change: those of whoever
    approved it; before it is approved, those of the highest level."""
    grants = Grants(approved=True)
    project, programme = change.project, programme_of(change)
    level = change.level if change.state == ChangeState.APPROVED else Level.SPONSOR
    narrow = programme is None or level in OF_PROJECT
    place = ("project", project.pk) if project and narrow else ("programme", programme.pk)
    roles: dict[tuple[str, int], set[str]] = defaultdict(set, {place: {Role.SRO.value}})
    for decider in _deciders(change) if change.state == ChangeState.APPROVED else ():
        for key, held in grants_of(decider).roles.items():
            roles[key] |= held
    grants.roles = roles
    actor = copy.copy(by)
    actor._grants = grants
    return actor


def _deciders(change: ChangeRequest) -> list[User]:
    votes = change.votes.filter(assessment=change.assessment, choice=ChangeChoice.APPROVE)
    people = Person.objects.filter(pk__in=votes.values("person"), user__isnull=False)
    return [person.user for person in people.select_related("user") if person.user]


def carry_out(change: ChangeRequest, *, by: Any) -> None:
    """Make all writes of a change and, where it says so, approve the new plan of its project."""
    project = change.project
    before = _approved(project) if project else Decimal(0)
    with because(f"{change}", for_=_for(change, by), approved=True):
        import_module(settings.HELD_WRITES).write(empowered(change, by), change.held)
        if change.rebaseline and project:
            project.refresh_from_db()
            _replan(project, _approved(project) - before, reason=str(change), by=by)


@transaction.atomic
def try_out(change: ChangeRequest, write: HeldWrite, *, by: Any) -> None:
    """Make one write with the rights of the highest level, and undo it. Raises what the write is
    refused by."""
    with because(f"{change}", approved=True):
        import_module(settings.HELD_WRITES).write(empowered(change, by), [write])
    transaction.set_rollback(True)


def _for(change: ChangeRequest, by: Any) -> str:
    """Return the person in whose place the writes are made, as the history keeps it: the decider,
    where somebody else makes them; else ""."""
    own = getattr(getattr(by, "person", None), "pk", None)
    return f"person {change.decided_by_id}" if change.decided_by_id not in (None, own) else ""


def _approved(project: Project) -> Decimal:
    """Return the budget approved for a project: its lines, with the contingency that it drew."""
    lines = project.budget_lines.aggregate(total=Sum("approved"))["total"]
    drawn = project.contingency_movements.aggregate(total=Sum("amount"))["total"]
    return (lines or Decimal(0)) + (drawn or Decimal(0))


def _replan(project: Project, more: Decimal, *, reason: str, by: Any) -> None:
    """Approve a new plan of a project: to the forecast finish, with `more` added to the budget."""
    plan = project.baselines.filter(approved_on__isnull=False).order_by("-number").first()
    if plan is None:
        refuse_state("rebaseline", "The project has no approved plan yet: approve one first.")
    day = as_of(project)
    starts_on = project.actual_start or project.forecast_start or plan.starts_on
    finishes_on = max(project.forecast_finish or plan.finishes_on, starts_on)
    budget = max(plan.budget_at_completion + more, Decimal(0))
    points = profile_points(
        plan.planned_value_profile, plan.starts_on, plan.finishes_on, plan.budget_at_completion
    )
    profile = replanned(points, on=day, finish=finishes_on, budget=budget)
    fields: dict[str, Any] = {
        "approved_on": day, "starts_on": starts_on, "finishes_on": finishes_on,
        "budget_at_completion": budget, "reason": reason, "by": by,
    }  # fmt: skip
    if profile and profile[0][0] >= starts_on:
        rebaseline(project, profile=profile, **fields)
    else:
        approve_plan(project, **fields)
