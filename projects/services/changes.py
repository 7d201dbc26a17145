"""Change requests: their impact is tried, who decides it follows from that, and what is approved is
written whole."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from pmhub.access import Grants, Withheld, grants_of
from pmhub.database.history import because
from pmhub.models import Person, RoleAssignment, User
from pmhub.permissions import Role
from pmhub.services import (
    Conflict,
    add,
    as_of,
    check_move,
    lock,
    on_one_side,
    person_of,
    refuse_state,
    save,
    turn,
)
from pmhub.text import next_code
from programmes.authority import LEVELS
from programmes.models import Board, BoardKind, Level
from programmes.queries.authority import limit_for
from programmes.queries.previews import Preview, preview
from programmes.queries.whatif.scenarios import WRITABLE, target_of, version_now
from programmes.rollup.trial import MOST, Failing, TooWide
from projects.changes import HeldWrite, Impact, outcome, replanned
from projects.models import (
    ChangeChoice,
    ChangeRequest,
    ChangeState,
    ChangeVote,
    Funding,
    Project,
)
from projects.services.outputs import try_descoping
from projects.services.project import approve_plan, rebaseline

NUMBER = "CR1"
CENT = Decimal("0.01")
WHOLE = Decimal(100)
OF_PROJECT = (Level.PROJECT_MANAGER, Level.EXECUTIVE)
NOUNS = {"approved": "approval", "rejected": "rejection", "deferred": "deferral"}
UNNAMED = "Nobody who may decide so much is named: name who leads above, or set up the board."
UNLIMITED = "No level may decide so much: the PMO gives one a delegated limit first."
AGAIN = "Assess it again."


def next_change_code(place: Any) -> str:
    """The code that follows on those of the change requests of a project or a programme."""
    return next_code(place.change_requests.values_list("code", flat=True)) or NUMBER


# Who decides


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who decides a change: of `people` so many, at a level; together, where that is a board."""

    level: str
    people: frozenset[int]
    quorum: int = 1
    board: Board | None = None


def deciding(change: ChangeRequest, impact: Impact) -> Deciding:
    """Return who decides a change of this impact: the lowest level within whose limits all of it
    is, or the next at which somebody else is named than who raised it. Raises Conflict where there
    is none."""
    portfolio = _portfolio(change)
    limit = limit_for(portfolio, cost=impact.cost, days=impact.days, benefit_pct=impact.benefit_pct)
    if limit is None:
        refuse_state("level", UNLIMITED)
    raised = Person.objects.filter(user=change.created_by_id or 0)
    own = set(raised.values_list("pk", flat=True))
    for level in LEVELS[LEVELS.index(limit.level) :]:
        board = _board(change) if level == Level.PROGRAMME_BOARD else None
        named = board.members.values_list("pk", flat=True) if board else _named(change, level)
        quorum = board.quorum if board else 1
        people = frozenset(each for each in named if each is not None) - own
        if len(people) >= quorum:
            return Deciding(level, people, quorum, board)
    return refuse_state("approvers", UNNAMED)


def _portfolio(change: ChangeRequest) -> Any:
    return change.project.owner_portfolio if change.project else change.programme.portfolio  # type: ignore[union-attr]  # one of the two


def _programme(change: ChangeRequest) -> Any:
    return change.project.programme if change.project else change.programme


def _named(change: ChangeRequest, level: str) -> Iterable[int | None]:
    """Return the ids of who is named at a level for a change."""
    project, programme = change.project, _programme(change)
    if level == Level.SPONSOR:
        return _sponsors(change)
    if level in OF_PROJECT:
        field = "project_manager_id" if level == Level.PROJECT_MANAGER else "executive_id"
        return [getattr(project, field, None)]
    field = "sro_id" if level == Level.SRO else "programme_manager_id"
    return [getattr(programme, field, None)] if level != Level.PROGRAMME_BOARD else []


def _sponsors(change: ChangeRequest) -> Iterable[int]:
    there = Q(portfolio=None, programme=None, project=None) | Q(portfolio=_portfolio(change))
    if programme := _programme(change):
        there |= Q(programme=programme)
    held = RoleAssignment.objects.current(timezone.localdate()).filter(there, role=Role.SPONSOR)
    found: Iterable[int] = held.values_list("person", flat=True)
    return found


def _board(change: ChangeRequest) -> Board | None:
    if programme := _programme(change):
        place = Q(programme=programme, kind=BoardKind.PROGRAMME_BOARD)
    else:
        place = Q(portfolio=_portfolio(change), kind=BoardKind.PORTFOLIO_BOARD)
    return Board.objects.filter(place, archived_at__isnull=True).order_by("pk").first()


# What it comes to


def impact_of(change: ChangeRequest, *, by: Any) -> Impact:
    """Return what a change comes to: all that it holds is written and undone. Raises what one of
    its writes is refused by, and Conflict where figures cannot be computed or it is not paid
    for."""
    programme = _programme(change)
    also = [programme.pk] if programme else []
    try:
        found = preview(lambda: _try(change, by), _empowered(change, by), also)
    except TooWide:
        refuse_state("writes", f"This moves more than {MOST} programmes: too wide a change.")
    except Failing:
        refuse_state("writes", "Figures that this moves cannot be computed.")
    figures = _of_programme(found, programme.pk) if programme else _own(found, change.project)
    cost = _rise(figures, "total_forecast" if programme else "estimate_at_completion")
    benefit = _rise(figures, "benefits_forecast_outturn")
    return Impact(
        cost=cost,
        days=_days(found, figures, change),
        benefit=benefit,
        benefit_pct=_share(benefit, figures),
        funded=_granted(change, cost, figures, _own(found, change.project)),
    )


def _try(change: ChangeRequest, by: Any) -> None:
    try_descoping()
    _carry_out(change, by=by)


Ends = Mapping[str, tuple[Any, Any]]  # of each figure, before and after


def _of_programme(found: Preview[Any], programme: int) -> Ends:
    before, after = found.effects.before.values, found.effects.after.values
    return {
        metric: (value, after.get((id, metric)))
        for (id, metric), value in before.items()
        if id == programme
    }


def _own(found: Preview[Any], project: Project | None) -> Ends:
    """Return the figures of its own that move of a project."""
    mine = [each for each in found.own if project and each.project.pk == project.pk]
    return {
        figure.metric.name: (figure.before, figure.after)
        for moved in mine
        for figure in moved.figures
    }


def _rise(figures: Ends, metric: str) -> Decimal:
    before, after = figures.get(metric, (None, None))
    return ((after or Decimal(0)) - (before or Decimal(0))).quantize(CENT)


def _days(found: Preview[Any], figures: Ends, change: ChangeRequest) -> int:
    if change.project is None:
        before, after = figures.get("finish_propagated", (None, None))
    else:
        (before, after), _ = found.effects.projects.get(change.project.pk, ((None, None), ""))
    return (after - before).days if before and after else 0


def _share(benefit: Decimal, figures: Ends) -> Decimal:
    """Return benefits in per cent of what is planned; all of them where nothing is."""
    planned = figures.get("benefits_whole_life_planned", (None, None))[0]
    if not benefit:
        return Decimal(0)
    return (benefit / abs(planned) * WHOLE).quantize(CENT) if planned else WHOLE


def _granted(change: ChangeRequest, cost: Decimal, figures: Ends, own: Ends) -> Decimal:
    """Return by how much more is granted for a change, which is what it costs. Raises Conflict
    where it is not."""
    if change.funding == Funding.NONE:
        if cost > 0:
            refuse_state("funding", f"It costs {cost} more: say what pays for it.")
        return Decimal(0)
    in_all = _rise(figures, "total_approved" if _programme(change) else "approved_budget")
    drawn = -_rise(figures, "contingency_remaining")
    given = _rise(own if change.project else figures, "approved_budget")
    match change.funding:
        case Funding.PROGRAMME_CONTINGENCY:
            granted = drawn
        case Funding.NEW_MONEY:
            granted = in_all
        case Funding.TRANSFER:
            granted = given if not in_all and not drawn else in_all
        case _:
            granted = cost if _has_room(own if change.project else figures) else Decimal(0)
    if granted != cost:
        words = change.get_funding_display().lower()
        refuse_state(
            "funding",
            f"It costs {cost} more, and {granted} are granted for it ({words}): hold the write that"
            " grants the same.",
        )
    return granted


def _has_room(figures: Ends) -> bool:
    left = figures.get("variance_at_completion", (None, None))[1]
    return left is None or left >= 0


# Writing


def _empowered(change: ChangeRequest, by: Any) -> Any:
    """Return who acts with the rights of who approved the change: their own, and at its place those
    of whoever may decide it. Before it is approved, those of the highest level."""
    found = Grants()
    project, programme = change.project, _programme(change)
    level = change.level if change.state == ChangeState.APPROVED else Level.SPONSOR
    narrow = programme is None or level in OF_PROJECT
    place = ("project", project.pk) if project and narrow else ("programme", programme.pk)
    roles: dict[tuple[str, int], set[str]] = defaultdict(set, {place: {Role.SRO.value}})
    for each in _deciders(change) if change.state == ChangeState.APPROVED else ():
        for key, held in grants_of(each).roles.items():
            roles[key] |= held
    found.roles = roles
    actor = copy.copy(by)
    actor._grants = found
    return actor


def _deciders(change: ChangeRequest) -> list[User]:
    votes = change.votes.filter(assessment=change.assessment, choice=ChangeChoice.APPROVE)
    people = Person.objects.filter(pk__in=votes.values("person"), user__isnull=False)
    return [person.user for person in people.select_related("user") if person.user]


def _carry_out(change: ChangeRequest, *, by: Any) -> None:
    """Make all that a change holds, and where it says so, the new plan of its project."""
    project = change.project
    before = _approved(project) if project else Decimal(0)
    with because(f"{change}", for_=_for(change)):
        import_module(settings.HELD_WRITES).write(_empowered(change, by), change.held)
        if change.rebaseline and project:
            project.refresh_from_db()
            _replan(project, _approved(project) - before, reason=str(change), by=by)


def _for(change: ChangeRequest) -> str:
    return f"person {change.decided_by_id}" if change.decided_by_id else ""


def _approved(project: Project) -> Decimal:
    """Return what is approved for a project: its lines and the contingency that it drew."""
    lines = project.budget_lines.aggregate(total=Sum("approved"))["total"]
    drawn = project.contingency_movements.aggregate(total=Sum("amount"))["total"]
    return (lines or Decimal(0)) + (drawn or Decimal(0))


def _replan(project: Project, more: Decimal, *, reason: str, by: Any) -> None:
    """Approve the plan of a project anew: to the finish that is forecast, with so much more."""
    plan = project.baselines.filter(approved_on__isnull=False).order_by("-number").first()
    if plan is None:
        refuse_state("rebaseline", "The project has no approved plan yet: approve one first.")
    day = as_of(project)
    starts_on = project.actual_start or project.forecast_start or plan.starts_on
    finishes_on = max(project.forecast_finish or plan.finishes_on, starts_on)
    budget = max(plan.budget_at_completion + more, Decimal(0))
    points = [(date.fromisoformat(at), Decimal(value)) for at, value in plan.planned_value_profile]
    profile = replanned(points, on=day, finish=finishes_on, budget=budget)
    said: dict[str, Any] = {
        "approved_on": day, "starts_on": starts_on, "finishes_on": finishes_on,
        "budget_at_completion": budget, "reason": reason, "by": by,
    }  # fmt: skip
    if profile and profile[0][0] >= starts_on:
        rebaseline(project, profile=profile, **said)
    else:
        approve_plan(project, **said)


# The verbs


@transaction.atomic
def hold_writes(
    change: ChangeRequest, writes: Sequence[HeldWrite], *, by: User | None
) -> ChangeRequest:
    """Put writes at the end of those that a change holds."""
    if lock(change).state != ChangeState.RAISED:
        refuse_state("state", "What it would write is changed while it is raised: take it back.")
    change.writes = [*change.writes, *(write.stored for write in writes)]
    return save(change, "writes", by=by)


@transaction.atomic
def assess_change(change: ChangeRequest, *, by: User | None) -> ChangeRequest:
    """Try what a change holds against the records as they are now, and find who decides it."""
    check_move(lock(change), "assessment")
    change.state = ChangeState.RAISED  # what is tried has nobody's approval any more
    change.writes = [_seen(each).stored for each in change.held]
    impact = impact_of(change, by=by)
    found = deciding(change, impact)
    writes = change.writes
    change.approvers.set(found.people)
    return turn(
        change,
        noun="assessment",
        assessment=change.assessment + 1,
        writes=writes,
        level=found.level,
        quorum=found.quorum,
        board=found.board,
        previewed_at=timezone.now(),
        previewed_cost=impact.cost,
        previewed_days=impact.days,
        previewed_benefit=impact.benefit,
        previewed_benefit_pct=impact.benefit_pct,
        previewed_funding=impact.funded,
        by=by,
    )


def _seen(write: HeldWrite) -> HeldWrite:
    """The write, against its record as it is now. Raises Conflict where that is gone."""
    if target_of(write.path).id is None:
        return write
    if (version := version_now(write)) is None:
        refuse_state("writes", f"The record of {write.title} is gone: take that write out.")
    return HeldWrite(write.title, write.method, write.path, write.body, version)


def approve_change(change: ChangeRequest, *, reason: str = "", by: User | None) -> ChangeRequest:
    """Be for a change: it is approved with the last voice that it takes. Raises Conflict with the
    records that have moved since it was assessed."""
    return _vote(change, ChangeChoice.APPROVE, reason, by=by)


def reject_change(change: ChangeRequest, *, reason: str, by: User | None) -> ChangeRequest:
    """Be against a change."""
    return _vote(change, ChangeChoice.REJECT, reason, by=by)


def defer_change(change: ChangeRequest, *, reason: str, by: User | None) -> ChangeRequest:
    """Be for deciding a change later."""
    return _vote(change, ChangeChoice.DEFER, reason, by=by)


VERB_OF = {
    ChangeChoice.APPROVE: "approval",
    ChangeChoice.REJECT: "rejection",
    ChangeChoice.DEFER: "deferral",
}


@transaction.atomic
def _vote(
    change: ChangeRequest, choice: ChangeChoice, comment: str, *, by: User | None
) -> ChangeRequest:
    """Vote once on an assessment; with the last vote that it takes the change is decided."""
    check_move(lock(change), VERB_OF[choice])
    person = person_of(by)
    if person is None or not change.approved_by(person):
        raise Withheld("state", "Who decides this change votes, and nobody else.")
    if on_one_side(by, author=change.created_by_id):
        raise Withheld("state", "Nobody decides what they raised, nor does their deputy.")
    votes = change.votes.filter(assessment=change.assessment)
    if votes.filter(person=person).exists():
        refuse_state("state", "You have voted already.")
    if choice == ChangeChoice.APPROVE:
        _check_unmoved(change)
    day = as_of(change)
    said = {"assessment": change.assessment, "choice": choice, "comment": comment, "on": day}
    add(ChangeVote(change=change, person=person, **said), by=by)
    cast = list(votes.values_list("choice", flat=True))
    if len(cast) < change.quorum:
        return change
    found = outcome(cast.count(ChangeChoice.APPROVE), cast.count(ChangeChoice.REJECT), len(cast))
    alone = person if change.board_id is None else None
    turned = turn(change, noun=NOUNS[found], decided_on=day, decided_by=alone, by=by)
    turned.refresh_from_db(fields=["decision"])
    return turned


@transaction.atomic
def implement_change(change: ChangeRequest, *, by: User | None) -> ChangeRequest:
    """Make all that an approved change holds, by the right of who approved it. Raises Conflict,
    with nothing made, where the records that it reads have moved or it would come to something
    else than was approved."""
    check_move(lock(change), "implementation")
    _check_unmoved(change)
    now = impact_of(change, by=by)
    then = Impact(
        change.previewed_cost, change.previewed_days, change.previewed_benefit,  # type: ignore[arg-type]  # assessed
        change.previewed_benefit_pct, change.previewed_funding,  # type: ignore[arg-type]  # the same
    )  # fmt: skip
    if now != then:
        raise Conflict({"previewed_cost": [_otherwise(then, now)]}, kind="moved", records=[])
    _carry_out(change, by=by)
    return turn(change, noun="implementation", implemented_on=as_of(change), by=by)


def _otherwise(then: Impact, now: Impact) -> str:
    """Return what a change was approved for, and what it comes to by now."""
    ends = [
        f"{name}: {before} was approved, {after} it is now"
        for name, before, after in (
            ("cost", then.cost, now.cost),
            ("days", then.days, now.days),
            ("benefits", then.benefit, now.benefit),
            ("money granted", then.funded, now.funded),
        )
        if before != after
    ]
    return f"What it comes to has moved ({'; '.join(ends) or 'benefits planned'}). {AGAIN}"


def _check_unmoved(change: ChangeRequest) -> None:
    """Hold the records that a change writes. Raises Conflict that names those which are not as they
    were when it was assessed."""
    gone: list[dict[str, Any]] = []
    named: list[str] = []
    for write in change.held:
        target = target_of(write.path)
        if target.id is None:
            continue
        model = WRITABLE[target.resource].model
        rows = model._base_manager.select_for_update(of=("self",), no_key=True)
        row = rows.filter(pk=target.id).first()
        if row is None or row.version != write.seen_version:
            code = getattr(row, "code", None)
            gone.append({"type": target.resource, "id": target.id, "code": code})
            named.append(str(row) if row else write.title)
    if gone:
        text = f"These have moved since it was assessed: {'; '.join(dict.fromkeys(named))}. {AGAIN}"
        raise Conflict({"writes": [text]}, kind="moved", records=gone)
