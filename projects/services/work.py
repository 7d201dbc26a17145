"""The verbs of work packages and iterations, and what a new one begins with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum

from pmhub.database.history import because
from pmhub.models import User
from pmhub.services import as_of, check_move, lock, not_in_the_future, refuse, save, turn
from projects.models import Iteration, IterationState, Project, WorkPackage
from projects.services.codes import code_beside

LESS = "Say why less is done than before."
ZERO = Decimal(0)


@transaction.atomic
def mark_progress(
    package: WorkPackage, *, percent: Decimal, reason: str = "", by: User | None
) -> WorkPackage:
    """Set how much of a work package is done; less than before needs a reason."""
    check_less(lock(package), percent, reason)
    package.percent = percent
    with because(reason):
        return save(package, "percent", by=by)


@transaction.atomic
def close_iteration(iteration: Iteration, *, by: User | None, **said: Any) -> Iteration:
    """Close an iteration with the points that were done in it; it must have begun."""
    check_move(lock(iteration), "closing")
    not_in_the_future("starts_on", iteration.starts_on, as_of=as_of(iteration))
    return turn(iteration, noun="closing", by=by, **said)


def check_less(package: WorkPackage, percent: Decimal, reason: str) -> None:
    """Refuse less done than before without a reason."""
    if percent < package.percent and not reason.strip():
        refuse("reason", LESS)


def next_package_code(package: WorkPackage) -> str:
    """Return the code after those of the work packages of the same project."""
    return code_beside(package, ("project",), "WP01")


def next_iteration(project: Project) -> dict[str, Any]:
    """Return what the next iteration begins with: its number, and the points that earlier ones left
    undone and no other has carried over."""
    rows = Iteration.objects.filter(project=project)
    last = rows.order_by("-number").values_list("number", flat=True).first()
    closed = rows.exclude(state=IterationState.OPEN)
    undone = closed.aggregate(sum=Sum(F("points_planned") - F("points_done")))["sum"] or ZERO
    carried = rows.aggregate(sum=Sum("points_carried"))["sum"] or ZERO
    return {"number": (last or 0) + 1, "points_carried": max(ZERO, undone - carried)}
