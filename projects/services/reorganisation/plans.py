"""The plans of projects that are merged or split: budget, dates, progress and estimate to
complete."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.db.models.functions import Coalesce

from pmhub.models import User
from pmhub.services import as_of, refuse, save
from programmes.models.programme_line import TO_COMPLETE
from projects.evm import CENT, planned_apart, planned_together, to_go_by_line
from projects.models import BudgetLine, ForecastBasis, Project
from projects.models.approach import PercentMethod
from projects.models.money import spent_on_line
from projects.percent import BY_RECORDS
from projects.queries import with_figures
from projects.services.project import rebaseline

Point = tuple[date, Decimal]
THOUSANDTH, WHOLE = Decimal("0.001"), Decimal(100)


def add_up(project: Project, other: Project, *, by: User | None) -> None:
    """Add up the plan, the progress and the estimate to complete of both in the first project; the
    second plans nothing any more."""
    both = [with_figures(Project.objects.filter(pk=row.pk)).get() for row in (project, other)]
    _add_plans(project, other, both, by)
    _add_estimates(project, both)
    if project.percent_method in BY_RECORDS:
        project.percent_method = PercentMethod.JUDGED  # one's packages do not count both
    project.percent_complete = _percent(both)
    for name, choose in (("start", min), ("finish", max)):
        days = [day for row in both if (day := getattr(row, f"forecast_{name}"))]
        setattr(project, f"forecast_{name}", choose(days, default=None))
    project.actual_start = min((row.actual_start for row in both if row.actual_start), default=None)
    fields = "forecast_basis forecast_start forecast_finish actual_start percent_method"
    save(project, *fields.split(), "percent_complete", *TO_COMPLETE, by=by)


def _add_plans(project: Project, other: Project, both: Sequence[Any], by: User | None) -> None:
    """Approve the sum of both plans for the first project, and an empty plan for the second."""
    planned = [row for row in both if row.budget_at_completion is not None]
    if other.pk not in {row.pk for row in planned}:
        return
    plans: dict[str, Any] = {"approved_on": as_of(project), "by": by}
    rebaseline(
        project,
        starts_on=min(row.baseline_start for row in planned),
        finishes_on=max(row.baseline_finish for row in planned),
        budget_at_completion=sum((row.budget_at_completion for row in planned), Decimal(0)),
        profile=_planned(planned, as_of(project)),
        reason=f"With the plan of {other.code}",
        **plans,
    )
    last = planned[-1]
    rebaseline(
        other,
        starts_on=last.baseline_start,
        finishes_on=last.baseline_finish,
        budget_at_completion=Decimal(0),
        profile=(),
        reason=f"Its plan went to {project.code}",
        **plans,
    )


def _planned(rows: Iterable[Any], today: date) -> list[Point]:
    """Return the sum of the projects' planned values."""
    plans = [
        [(date.fromisoformat(day), Decimal(str(value))) for day, value in row.planned_value_profile]
        for row in rows
    ]
    return planned_together(plans, today)


def _percent(both: Sequence[Any]) -> Decimal:
    """Return the progress of both by the value that both have earned, to the thousandth of a per
    cent; without any budget it is that of the first. It is 100 only where both are complete."""
    first, _ = both
    budgets = [row.budget_at_completion or Decimal(0) for row in both]
    earned = sum(
        (budget * row.percent_complete for budget, row in zip(budgets, both, strict=True)),
        Decimal(0),
    )
    whole = sum(budgets)
    percent = (earned / whole).quantize(THOUSANDTH) if whole else Decimal(first.percent_complete)
    done = all(row.percent_complete == WHOLE for row in both)
    return percent if done else min(percent, WHOLE - THOUSANDTH)


def _add_estimates(project: Project, both: Sequence[Any]) -> None:
    """Add up the estimates to complete. Nothing changes where both forecast by line, for the lines
    move along, or where neither has an estimate."""
    by_line = [_by_line(row) for row in both]
    own = [row.estimate_to_complete for row in both]
    if None not in by_line or [*by_line, *own] == [None] * 4:
        return
    project.forecast_basis = ForecastBasis.IN_TOTAL
    to_go = [
        _to_go(row) if lines is None else lines for row, lines in zip(both, by_line, strict=True)
    ]
    project.still_costs(sum(to_go, Decimal(0)))
    for name in TO_COMPLETE[1:]:
        bounds = [getattr(row, name) for row in both]
        if None not in bounds:
            setattr(project, name, sum(bounds))


def _by_line(row: Any) -> Decimal | None:
    """Return the estimate to complete of a project by its lines; None where it does not forecast by
    line."""
    if row.forecast_basis != ForecastBasis.BY_LINE:
        return None
    lines = BudgetLine.objects.filter(project=row.pk)
    found = lines.values_list(Coalesce("forecast", "approved"), spent_on_line(as_of(row)))
    return to_go_by_line(found) if found else None


def _to_go(row: Any) -> Decimal:
    """Return the estimate to complete of a project, or else what is left to earn of its budget."""
    if row.estimate_to_complete is not None:
        return Decimal(row.estimate_to_complete)
    budget = row.budget_at_completion or Decimal(0)
    return Decimal(budget - budget * row.percent_complete / WHOLE).quantize(CENT)


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of a plan that go with a split: of the budget at completion and of the estimate to
    complete, and how much of the new project is complete. None means: what is approved on the
    budget lines that go; the same share as of the budget; as much as of the whole."""

    budget: Decimal | None = None
    to_go: Decimal | None = None
    percent: Decimal | None = None


def share(
    project: Project, new: Project, shares: Shares, lines: Collection[int], *, by: User | None
) -> None:
    """Divide the plan, the progress and the estimate to complete between a project and the new one,
    to which these budget lines (ids) go."""
    whole = with_figures(Project.objects.filter(pk=project.pk)).get()
    part = _share_plan(project, new, whole, _budget(whole, shares, lines), by)
    _share_progress(project, new, whole, part, shares.percent)
    _share_estimates(project, new, whole, part, shares.to_go, lines)
    changed = ("percent_complete", "percent_method", "forecast_basis", *TO_COMPLETE)
    for row in (project, new):
        save(row, *changed, by=by)


def _budget(whole: Any, shares: Shares, lines: Collection[int]) -> Decimal:
    """Return the budget at completion of the new project."""
    planned = whole.budget_at_completion
    if shares.budget is not None:
        if shares.budget > (planned or 0):
            refuse("budget_at_completion", "No more can go than is planned.")
        return shares.budget
    approved = BudgetLine.objects.filter(pk__in=lines).aggregate(sum=Sum("approved"))["sum"]
    return min(approved or Decimal(0), planned or Decimal(0))


def _share_plan(
    project: Project, new: Project, whole: Any, budget: Decimal, by: User | None
) -> Decimal:
    """Approve a plan for each of the two; return the share (0 to 1) of the new project."""
    planned = whole.budget_at_completion
    if planned is None:
        return Decimal(0)
    part = budget / planned if planned else Decimal(0)
    profile = [
        (date.fromisoformat(day), Decimal(str(value))) for day, value in whole.planned_value_profile
    ]
    amounts = ((new, budget), (project, planned - budget))
    for (row, amount), points in zip(amounts, planned_apart(profile, part), strict=True):
        rebaseline(
            row, starts_on=whole.baseline_start, finishes_on=whole.baseline_finish,
            budget_at_completion=amount, profile=points, approved_on=as_of(project),
            reason=f"{new.code} split off {project.code}", by=by,
        )  # fmt: skip
    return part


def _share_progress(
    project: Project, new: Project, whole: Any, part: Decimal, percent: Decimal | None
) -> None:
    """Set the progress of each, so that both together have earned what the whole had."""
    for row in (project, new):
        row.percent_method = whole.percent_method
        if whole.percent_method in BY_RECORDS:
            row.percent_method = PercentMethod.JUDGED
    new.percent_complete = whole.percent_complete if percent is None else percent
    if new.percent_complete == whole.percent_complete or not part:
        return
    if part == 1:
        refuse("percent_complete", "All of the plan goes, and with it all that is earned.")
    rest = (whole.percent_complete - part * new.percent_complete) / (1 - part)
    rest = rest.quantize(THOUSANDTH)
    if not 0 <= rest < WHOLE:
        text = f"Of the rest {rest} % would be complete: what is earned is that of both."
        refuse("percent_complete", text)
    project.percent_complete = rest


def _share_estimates(
    project: Project,
    new: Project,
    whole: Any,
    part: Decimal,
    to_go: Decimal | None,
    lines: Collection[int],
) -> None:
    """Divide the estimate to complete: by the lines where the project forecasts by line, else as
    was chosen, else by the share of the plan. Where there is no estimate, what is left to earn is
    divided, if a part was chosen."""
    if _by_line(whole) is not None:
        if to_go is not None:
            refuse("estimate_to_complete", "This project forecasts by line: its lines say it.")
        stay = BudgetLine.objects.filter(project=project).exclude(pk__in=lines)
        for row, has_lines in ((new, bool(lines)), (project, stay.exists())):
            row.forecast_basis = ForecastBasis.BY_LINE if has_lines else ForecastBasis.IN_TOTAL
            row.still_costs(None if has_lines else Decimal(0))
        return
    total = whole.estimate_to_complete
    if total is None and to_go is None:
        return
    total = _to_go(whole) if total is None else total
    goes = (total * part).quantize(CENT) if to_go is None else to_go
    if goes > total:
        refuse("estimate_to_complete", "No more can go than is still to be spent.")
    new.still_costs(goes)
    project.still_costs(total - goes)
    if total:
        _share_bounds(project, new, whole, goes / total)


def _share_bounds(project: Project, new: Project, whole: Any, part: Decimal) -> None:
    """Divide the bounds of the estimate to complete in the same proportion as the estimate."""
    for name in TO_COMPLETE[1:]:
        if (bound := getattr(whole, name)) is not None:
            goes = (bound * part).quantize(CENT)
            setattr(new, name, goes)
            setattr(project, name, bound - goes)
