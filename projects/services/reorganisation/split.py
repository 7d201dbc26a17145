"""Splits: chosen records of a project move to a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, partial
from typing import Any

from django.db import transaction
from django.db.models import Q

from benefits.models import Benefit, BenefitContribution, BenefitHandOver
from pmhub.database.deferred_checks import defer
from pmhub.database.history import because
from pmhub.models import Person, RoleAssignment, User
from pmhub.services import add, refuse, refuse_state, unless_over
from programmes.services.reorganisation.dispositions import (
    Fate,
    RecordFates,
    Reorganisation,
    check_reason,
    check_settled,
    counted_fate,
    decide,
    lock_all,
    locked_rows,
    move_records,
    named_fate,
    others_of,
    set_values,
    try_write,
    visible_rows,
)
from programmes.services.reorganisation.preconditions import merger_blockers
from programmes.services.reorganisation.rights import HELD_BY_ROLE, copy_roles
from projects.models import (
    Allocation,
    Assumption,
    BudgetLine,
    ComplianceItem,
    CostActual,
    Dependency,
    Inspection,
    InspectionPlan,
    InspectionState,
    Issue,
    Milestone,
    Output,
    PlanState,
    Project,
    Risk,
    WorkPackage,
)
from projects.queries.inspections import PASSED, version_in_force
from projects.services.inspections import draw_inspections
from projects.services.reorganisation.plans import Shares, share

COPIED = (
    "programme", "portfolio", "objective", "stage", "status", "project_manager",
    "executive", "complexity", "regulated", "critical", "health_weight", "delivery_approach",
    "oversight_decided", "oversight_until", "forecast_start", "forecast_finish", "actual_start",
    "custom",
)  # fmt: skip

NOT_OURS = "Not all of these are"
# The fields that are copied of a plan and of an inspection.
LOOKED_AT: dict[Any, tuple[str, ...]] = {
    InspectionPlan: ("code", "title", "hold_point", "begins_on", "inspector"),
    Inspection: ("code", "title", "hold_point", "planned_on", "inspector"),
}


@dataclass(frozen=True)
class SplitPart:
    """The records of a project that go to the new one, by kind."""

    milestones: Sequence[Milestone] = ()
    outputs: Sequence[Output] = ()
    work_packages: Sequence[WorkPackage] = ()
    budget_lines: Sequence[BudgetLine] = ()
    dependencies: Sequence[Dependency] = ()
    risks: Sequence[Risk] = ()
    issues: Sequence[Issue] = ()
    assumptions: Sequence[Assumption] = ()
    compliance_items: Sequence[ComplianceItem] = ()
    allocations: Sequence[Allocation] = ()
    contributions: Sequence[BenefitContribution] = ()

    @cached_property
    def ids(self) -> dict[str, list[int]]:
        """The ids of the records that go, by the name of their kind."""
        return {
            kind.name: sorted(row.pk for row in getattr(self, kind.name)) for kind in fields(self)
        }


MODELS: dict[str, Any] = {
    "milestones": Milestone, "outputs": Output, "work_packages": WorkPackage, "risks": Risk,
    "issues": Issue, "assumptions": Assumption, "compliance_items": ComplianceItem,
    "allocations": Allocation, "contributions": BenefitContribution,
}  # fmt: skip


@transaction.atomic
def split_project(
    project: Project,
    *,
    code: str,
    name: str,
    part: SplitPart,
    shares: Shares,
    project_manager: Person | None = None,
    reason: str,
    by: User | None,
) -> Reorganisation:
    """Split a project: a new one in the same stage takes a part of it. Plan, earned value and
    estimate to complete are divided, so that both together come to what the project came to. Raises
    Conflict for a record that cannot be divided."""
    lock_all(project)
    if not project.live:
        refuse_state("status", "A project that has ended stays as it is.")
    check_reason(reason)
    check_settled(merger_blockers(project), by, "status")
    _check_chosen(project, part)
    with because(f"{code} split off {project.code}: {reason}"):
        new = Project(
            code=code, name=name, split_from=project,
            **{field: getattr(project, field) for field in COPIED},
        )  # fmt: skip
        new.discipline = unless_over(project.discipline)
        new.tranche = unless_over(project.tranche)
        new.project_manager = project_manager or project.project_manager
        add(new, by=by)
        share(project, new, shares, part.ids["budget_lines"], by=by)
        along = [*_go(part, new, by), *_inspections(part, new, by), *_money(part, new, by)]
        along += _to_pass(project, new, by)
        along += _dependencies(project, new, part, by)
        along += counted_fate(
            RoleAssignment, Fate.COPIED, copy_roles(project, new, by), HELD_BY_ROLE
        )
        but = (*MODELS.values(), BudgetLine, CostActual, RoleAssignment)
        for model, count in others_of(project, but, by):
            along += counted_fate(model, Fate.STAYS, count)
        outcome = f"{project.code} was split: {code} goes on by itself"
        decide(project, title=f"{code} split off", outcome=outcome, reason=reason, by=by)
        decide(new, title=f"Split from {project.code}", outcome=outcome, reason=reason, by=by)
    return Reorganisation(project, new, along)


def _check_chosen(project: Project, part: SplitPart) -> None:
    """Refuse records of another project, and an empty choice."""
    if not any(part.ids.values()):
        refuse("milestones", "Choose what goes.")
    for name, model in (*MODELS.items(), ("budget_lines", BudgetLine)):
        if locked_rows(model, pk__in=part.ids[name]).exclude(project=project).exists():
            refuse(name, f"{NOT_OURS} of this project.")
    for row in locked_rows(Dependency, pk__in=part.ids["dependencies"]):
        if project.pk not in (row.giver_id, row.receiver_id):
            refuse("dependencies", f"{NOT_OURS} of this project.")


def _go(part: SplitPart, new: Project, by: User | None) -> Iterator[RecordFates]:
    """Move the chosen records to the new project; work packages go with their output."""
    outputs = part.ids["outputs"]
    packages = locked_rows(WorkPackage).filter(
        Q(pk__in=part.ids["work_packages"]) | Q(output__in=outputs)
    )
    ids = part.ids | {"work_packages": [*packages.values_list("pk", flat=True)]}
    for name, model in MODELS.items():
        _put(model, ids[name], new, name, by)
        yield from counted_fate(model, Fate.GOES, len(ids[name]))
    yield from _hand_overs(part.ids["contributions"], new, by)
    left = WorkPackage.objects.filter(project=new).exclude(output=None)
    for torn in left.exclude(output__project=new).select_related("output")[:1]:
        refuse_state("work_packages", f"{torn} is of {torn.output}: both go, or both stay.")


def _hand_overs(
    contributions: Sequence[int], new: Project, by: User | None
) -> Iterator[RecordFates]:
    """Move the hand-overs of contributions along with them."""
    rows = locked_rows(BenefitHandOver, contribution__in=contributions)
    ids = [*rows.values_list("pk", flat=True)]
    set_values(BenefitHandOver, ids, by=by, project=new)
    told_of = visible_rows(BenefitHandOver, by).filter(pk__in=ids).count()
    yield from counted_fate(BenefitHandOver, Fate.GOES, told_of)


def _put(model: Any, ids: Sequence[int], new: Project, field: str, by: User | None) -> None:
    if stay := move_records(model, ids, new, by=by):
        names = ", ".join(_names(model, stay, by))
        refuse_state(field, f"These are held where they are: {names or len(stay)}.")


def _names(model: Any, ids: Sequence[int], by: User | None) -> list[str]:
    """Return the names of the first few records that the user may see; a contribution is named
    after its benefit, which they must see, too."""
    rows = visible_rows(model, by).filter(pk__in=ids).order_by("pk")
    if model is BenefitContribution:
        rows = rows.filter(benefit__in=visible_rows(Benefit, by))
    return [str(row) for row in rows[:3]]


def _inspections(part: SplitPart, new: Project, by: User | None) -> Iterator[RecordFates]:
    """Move active plans and planned inspections along with their milestones. Findings stay where
    they are, and hold the milestone as before."""
    going: dict[Any, str] = {
        InspectionPlan: PlanState.ACTIVE, Inspection: InspectionState.PLANNED
    }  # fmt: skip
    for model, state in going.items():
        rows = locked_rows(model, milestone__in=part.ids["milestones"], state=state)
        ids = [*rows.values_list("pk", flat=True)]
        _put(model, ids, new, "milestones", by)
        yield from counted_fate(model, Fate.GOES, len(ids))


def _to_pass(project: Project, new: Project, by: User | None) -> Iterator[RecordFates]:
    """Copy the plans and inspections that hold a stage still ahead, so that both projects are
    inspected before it."""
    ahead = {"milestone": None}
    plans = [
        plan
        for plan in locked_rows(InspectionPlan, project=project, state=PlanState.ACTIVE, **ahead)
        if plan.hold_point
        and not plan.inspections.filter(PASSED, hold_point=plan.hold_point).exists()
    ]
    planned = locked_rows(Inspection, project=project, state=InspectionState.PLANNED, **ahead)
    by_itself = planned.exclude(hold_point="").exclude(plan__state=PlanState.ACTIVE)
    for model, rows in ((InspectionPlan, plans), (Inspection, by_itself)):
        for row in rows:
            copy = model(
                project=new, asset_version=version_in_force(row),
                **{field: getattr(row, field) for field in LOOKED_AT[model]},
            )  # fmt: skip
            if not try_write(partial(add, copy, by=by)):  # its inspector leads the new project
                copy.inspector = None
                add(copy, by=by)
        yield from counted_fate(
            model, Fate.COPIED, len(rows), "Both are inspected before the stage"
        )
    draw_inspections(InspectionPlan.objects.filter(project=new))


def _money(part: SplitPart, new: Project, by: User | None) -> Iterator[RecordFates]:
    """Move budget lines with the costs that are posted to them."""
    lines = part.ids["budget_lines"]
    costs = [*locked_rows(CostActual, budget_line__in=lines).values_list("pk", flat=True)]

    def both() -> None:
        defer()
        set_values(BudgetLine, lines, by=by, project=new)
        set_values(CostActual, costs, by=by, project=new)

    if not try_write(both):
        refuse_state("budget_lines", "A line whose year is closed stays where it is.")
    yield from counted_fate(BudgetLine, Fate.GOES, len(lines))
    yield from counted_fate(CostActual, Fate.GOES, len(costs), "They are posted to these lines")


def _dependencies(
    project: Project, new: Project, part: SplitPart, by: User | None
) -> Iterator[RecordFates]:
    """Move the dependencies that are chosen, and those that hang on a milestone that goes; those
    that hang on a milestone that stays are refused."""
    gone: set[int] = set()
    for end in ("giver", "receiver"):
        chosen = Q(pk__in=part.ids["dependencies"], **{f"{end}_milestone": None})
        hangs = Q(**{f"{end}_milestone__in": part.ids["milestones"]})
        rows = locked_rows(Dependency, **{end: project}).filter(chosen | hangs)
        ids = [*rows.values_list("pk", flat=True)]
        if not try_write(partial(set_values, Dependency, ids, by=by, **{end: new})):
            refuse_state("dependencies", "So divided, one of the two would wait for itself.")
        gone.update(ids)
    if left := {*part.ids["dependencies"]} - gone:
        code = Dependency.objects.filter(pk__in=left).values_list("code", flat=True).first()
        refuse_state("dependencies", f"{code} hangs on a milestone that stays.")
    codes = Dependency.objects.filter(pk__in=gone).values_list("code", flat=True)
    yield from named_fate(Dependency, Fate.GOES, [*codes])
