"""The level that decides a change: by what it comes to, and by the limits that it sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from pmhub.access.setters import Setter
from pmhub.lifecycle import find_move, nouns
from programmes.delegated_limits import Approved, Limit, higher_level, level_for
from programmes.models import Level
from programmes.models.scenario import Method
from programmes.queries.whatif.targets import WRITABLE, target_of
from projects.changes import HeldWrite, Impact, weighed
from projects.models import ChangeRequest

NONE = Decimal(0)
# What a trial finds of these is money, which the limits measure.
MEASURED = {
    "budget-lines": frozenset(
        {"approved", "foreign_approved", "foreign_currency", "fiscal_year", "treatment"}
    ),
    "programme-lines": frozenset(
        {
            "approved_budget", "foreign_approved_budget", "foreign_currency", "fiscal_year",
            "treatment",
        }
    ),
    "programmes": frozenset({"contingency_budget"}),
}  # fmt: skip


def impact_as_assessed(change: ChangeRequest) -> Impact:
    """Return the impact of a change as it was assessed."""
    return Impact(
        change.previewed_cost or NONE,
        change.previewed_days or 0,
        change.previewed_benefit or NONE,
        change.previewed_benefit_pct or NONE,
        change.previewed_funding or NONE,
    )


def level_of_change(
    change: ChangeRequest, impact: Impact, limits: Mapping[str, Limit], approved: Approved
) -> str | None:
    """Return the lowest level whose limits cover the impact of a change, the money that it grants
    and what was stated, each with what was approved before; None where none does.

    A change by which the project is measured against another plan is besides weighed by the days
    that the plan moves; one that sets what limits a project is decided by no level below the
    programme manager.
    """
    cost, days = weighed(
        max(impact.cost, impact.funded),
        impact.days,
        said_cost=change.cost_impact,
        said_days=change.days_impact,
    )
    levels = [
        level_for(limits, cost, days, impact.benefit_pct, approved),
        level_for(limits, NONE, _moved_plan(change, days), NONE),
    ]
    if any(level is None for level in levels):
        return None
    if sets_limits(change):
        levels.append(Level.PROGRAMME_MANAGER)
    lowest = Level.PROJECT_MANAGER.value
    for level in levels:
        lowest = higher_level(lowest, level or lowest)
    return lowest


def _moved_plan(change: ChangeRequest, days: int) -> int:
    """Return by how many days the plan of a project moves where the change gives it another: as
    late as its finish is forecast, and as the change makes it."""
    if not (change.rebaseline and change.project):
        return 0
    plan = change.project.baselines.filter(approved_on__isnull=False).order_by("-number").first()
    finish = change.project.forecast_finish
    late = (finish - plan.finishes_on).days if plan and finish else 0
    return max(late, 0) + max(days, 0)


def sets_limits(change: ChangeRequest) -> bool:
    """Return whether a write that a change holds sets something that only those above a project may
    set, and that no limit measures, such as its complexity."""
    return any(
        setter.right in ("limit", "steer") for write in change.held for setter in _setters(write)
    )


def _setters(write: HeldWrite) -> Iterator[Setter]:
    """Yield who may set what a write sets, but for what is measured."""
    target = target_of(write.path)
    model = WRITABLE[target.resource].model
    if target.verb:
        if target.verb in nouns(model):
            yield find_move(model, target.verb)[1].by
        return
    names = model.set_by if write.method == Method.DELETE else write.body
    measured = MEASURED.get(target.resource, frozenset())
    for name in names:
        if name in model.set_by and name not in measured:
            yield model.set_by[name]
