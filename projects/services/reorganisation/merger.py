"""Mergers: all open records of a second project move to the first, and the second ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from benefits.models import (
    Benefit,
    BenefitContribution,
    BenefitHandOver,
    BenefitReview,
    HandOverState,
    ReviewState,
)
from pmhub.database.deferred_checks import defer, left_unchecked
from pmhub.database.history import because
from pmhub.models import Delegation, FormerCode, RoleAssignment, User
from pmhub.services import as_of, refuse, refuse_state, save
from programmes.models import AssuranceReview
from programmes.models.programme_line import TO_COMPLETE
from programmes.services.reorganisation.dispositions import (
    Fate,
    RecordFates,
    Reorganisation,
    check_reason,
    check_settled,
    counted_fate,
    decide,
    follow_on,
    lock_all,
    locked_rows,
    named_fate,
    others_of,
    renumber,
    set_values,
    transfer_records,
    try_write,
    visible_rows,
)
from programmes.services.reorganisation.preconditions import Waits, waiting
from programmes.services.reorganisation.rights import roles_go
from projects.models import (
    SETTLED,
    Action,
    Allocation,
    Assumption,
    BudgetLine,
    BudgetRequest,
    ChangeRequest,
    ChangeState,
    Communication,
    ComplianceItem,
    ContingencyMovement,
    CostActual,
    Dependency,
    Estimate,
    HelpRequest,
    Inspection,
    InspectionPlan,
    InspectionState,
    Issue,
    Lesson,
    LessonUse,
    Milestone,
    Output,
    PlanState,
    Post,
    Project,
    ProjectStatus,
    Risk,
    Stakeholder,
    WorkPackage,
)
from projects.models.closure_triggers import LEFT_BEHIND
from projects.services.ending import settle_waiting
from projects.services.reorganisation.plans import add_up
from projects.services.schedule import withdraw_dependency

# The records that go to the first project, each kind after those that it refers to.
GO: tuple[Any, ...] = (
    Milestone, Output, WorkPackage, ContingencyMovement, Risk, Issue, Assumption, Action,
    Allocation, ComplianceItem, Estimate, Stakeholder, Communication, Lesson, LessonUse, Post,
    HelpRequest, BudgetRequest, ChangeRequest, InspectionPlan, Inspection, AssuranceReview,
)  # fmt: skip
# Kinds of which every record must go: deliverables, risks and money, without which the result is
# not one project; and what is still to be inspected or decided, which would be cancelled.
WHOLE = (
    Milestone, Output, WorkPackage, ContingencyMovement, Risk, Issue, ChangeRequest,
    InspectionPlan, Inspection,
)  # fmt: skip
# The records that go, of the kinds of which not all do.
WHICH: dict[Any, dict[str, Any]] = {
    ChangeRequest: {"state": ChangeState.RAISED},
    InspectionPlan: {"state": PlanState.ACTIVE},
    Inspection: {"state": InspectionState.PLANNED},
}
TOLD = (RoleAssignment, Delegation, BudgetLine, CostActual, BenefitContribution)
ONE = "Both are one project"
FALLS_AWAY = LEFT_BEHIND.get_pgid(Project())


@transaction.atomic
def merge_projects(
    project: Project, *, other: Project, rename: bool = False, reason: str, by: User | None
) -> Reorganisation:
    """Merge another project of the programme into this one: its open records move here, and it is
    archived; its code leads here.

    Plans are added up, and progress follows from the value that both have earned. What was decided
    and published of the other stays with it. Codes that both use are refused, unless `rename`
    allows new ones.
    """
    if other.pk == project.pk:
        refuse("other", "Name another project.")
    lock_all(project, other)
    _check(project, other)
    check_reason(reason)
    check_settled(_waiting(project, other), by)
    with because(f"{other.code} merged into {project.code}: {reason}"), left_unchecked(FALLS_AWAY):
        ends = _part(project, other, by)
        along = [*ends, *renumber((*GO, BudgetLine), project, other, may=rename, by=by)]
        add_up(project, other, by=by)
        _end(project, other, reason, by)
        along += transfer_records(GO, other, project, which=WHICH, whole=WHOLE, by=by)
        along += [*_money(project, other, by), *_contributions(project, other, by)]
        along += [*_dependencies(project, other, by), *roles_go(project, other, by)]
        settle_waiting(other, as_of(other), by=by)
        taken = {*GO, *TOLD} - {*WHICH}
        for model, count in others_of(other, taken, by):
            along += counted_fate(model, Fate.STAYS, count)
        outcome = f"{other.code} became a part of {project.code}"
        decide(project, title=f"{other.code} merged in", outcome=outcome, reason=reason, by=by)
        decide(other, title=f"Merged into {project.code}", outcome=outcome, reason=reason, by=by)
        FormerCode.pass_on(other, to=project, portfolio_id=project.owner_portfolio.pk)
        follow_on(other, project)
    return Reorganisation(project, other, along)


def _check(project: Project, other: Project) -> None:
    """Refuse projects that have ended, and two that are not in the same place."""
    for field, row in (("status", project), ("other", other)):
        if not row.live:
            refuse_state(field, f"{row.code}: a project that has ended stays as it is.")
    if (other.programme_id, other.portfolio_id) != (project.programme_id, project.portfolio_id):
        refuse("other", "Choose a project of the same programme, or move it there first.")


def _waiting(project: Project, other: Project) -> Iterator[Waits]:
    """Yield the records of the second project that must be settled first: those that wait for an
    answer, and hand-overs accepted for its share of a benefit alone."""
    yield from waiting(other)
    reviews = BenefitReview.objects.filter(contribution__project=other, state=ReviewState.OPEN)
    yield "Answer", "benefit-reviews", reviews
    # A hand-over accepted for the second's share does not cover the share of both together.
    both = Q(state=HandOverState.ACCEPTED, benefit__contributions__project=project)
    condition = Q(state=HandOverState.ASKED)
    handovers = BenefitHandOver.objects.filter(condition | both, project=other)
    yield "Take back", "benefit-hand-overs", handovers


def _part(project: Project, other: Project, by: User | None) -> Iterator[RecordFates]:
    """Withdraw the open dependencies between the two projects."""
    between = Q(giver=project, receiver=other) | Q(giver=other, receiver=project)
    rows = list(locked_rows(Dependency).filter(between).exclude(status__in=SETTLED))
    for row in rows:
        withdraw_dependency(row, by=by)
    yield from named_fate(Dependency, Fate.ENDS, [row.code for row in rows], ONE)


def _end(project: Project, other: Project, reason: str, by: User | None) -> None:
    """End and archive the second project as a part of the first."""
    day = as_of(other)
    other.merged_into, other.status = project, ProjectStatus.TERMINATED
    other.terminated_on, other.ended_reason = day, reason.strip()
    other.archived_at = timezone.now()
    other.still_costs(None)
    if other.actual_start:
        other.actual_finish = max(day, other.actual_start)
    save(
        other, "merged_into", "status", "terminated_on", "ended_reason", "actual_finish",
        "archived_at", *TO_COMPLETE, by=by,
    )  # fmt: skip


def _money(project: Project, other: Project, by: User | None) -> Iterator[RecordFates]:
    """Move budget lines and costs, which depend on one another: all, or none."""
    lines, costs = (
        [*locked_rows(model, project=other).values_list("pk", flat=True)]
        for model in (BudgetLine, CostActual)
    )
    told_of = [
        (model, visible_rows(model, by).filter(pk__in=ids).count())
        for model, ids in ((BudgetLine, lines), (CostActual, costs))
    ]

    def both() -> None:
        defer()
        set_values(BudgetLine, lines, by=by, project=project)
        set_values(CostActual, costs, by=by, project=project)

    if not try_write(both):
        refuse_state("other", "Its budget lines and costs cannot go along.")
    for model, count in told_of:
        yield from counted_fate(model, Fate.GOES, count)


def _contributions(project: Project, other: Project, by: User | None) -> Iterator[RecordFates]:
    """Move the contributions of the second project, with their reviews and hand-overs. Where both
    contribute to one benefit, the weights are added up."""
    mine = {row.benefit_id: row for row in locked_rows(BenefitContribution, project=project)}
    rows = list(locked_rows(BenefitContribution, project=other))
    go = [row.pk for row in rows if row.benefit_id not in mine]
    joined = [row for row in rows if row.benefit_id in mine]
    hand_overs = visible_rows(BenefitHandOver, by).filter(project=other).count()
    set_values(BenefitContribution, go, by=by, project=project)
    set_values(BenefitHandOver, _about(BenefitHandOver, *go), by=by, project=project)
    for row in joined:
        weight, own = row.weight, mine[row.benefit_id]
        asked_of_receiver = _about(BenefitHandOver, row.pk)
        set_values(BenefitHandOver, asked_of_receiver, by=by, contribution=own, project=project)
        set_values(BenefitReview, _about(BenefitReview, row.pk), by=by, contribution=own)
        row.delete()
        own.weight += weight
        save(own, "weight", by=by)
    brought = visible_rows(Benefit, by).filter(pk__in=[row.benefit_id for row in rows])
    names = [*brought.values_list("code", flat=True)]
    yield from named_fate(BenefitContribution, Fate.GOES, names)
    yield from counted_fate(BenefitContribution, Fate.GOES, len(rows) - len(names))
    yield from counted_fate(BenefitHandOver, Fate.GOES, hand_overs)


def _about(model: Any, *contributions: int) -> list[int]:
    """Return the ids of the reviews or hand-overs of these contributions."""
    return [*locked_rows(model, contribution__in=contributions).values_list("pk", flat=True)]


def _dependencies(project: Project, other: Project, by: User | None) -> Iterator[RecordFates]:
    """Move the dependencies of the second project, but for those between the two, which stay with
    it."""
    between = Q(giver=project) | Q(receiver=project)
    rows = locked_rows(Dependency).filter(Q(giver=other) | Q(receiver=other)).exclude(between)
    codes = dict(rows.values_list("pk", "code"))

    def both() -> None:
        for end in ("giver", "receiver"):
            own = [
                *locked_rows(Dependency, pk__in=codes, **{end: other}).values_list("pk", flat=True)
            ]
            set_values(Dependency, own, by=by, **{end: project})

    if not try_write(both):
        refuse_state("other", "With what it gives and waits for, the project waited for itself.")
    yield from named_fate(Dependency, Fate.GOES, [*codes.values()])
