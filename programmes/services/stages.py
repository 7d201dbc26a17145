"""Stages of programmes and boundaries of tranches: how they move on, and how a programme pauses,
closes and stops."""

from datetime import date

from django.db import transaction

from pmhub.database.history import events_of
from pmhub.models import User
from pmhub.services import Conflict, check_move, lock, not_in_the_future, refuse, turn
from programmes.models import Programme, Tranche
from programmes.models.closure_triggers import UNSAID
from programmes.models.programme import ProgrammeStage
from programmes.models.stage_triggers import ELSEWHERE
from programmes.queries.closure import closing_blockers
from programmes.queries.stage_requirements import missing_requirements
from programmes.queries.step_blockers import pages_of
from programmes.services.end_report import draft_end_report
from projects.queries import undone_with
from projects.services.actions import settle_actions
from projects.services.gates import held_conflict, hold_alone

S = ProgrammeStage


@transaction.atomic
def move_programme(
    programme: Programme, *, target: str, reason: str = "", by: User | None
) -> Programme:
    """Move a programme to another stage, once it is prepared, by a gate that the user decides
    alone. After evaluating, and to evaluate before anything is embedded, the reason says what was
    decided. Raises Conflict where others decide."""
    check_move(lock(programme), "stage", target)
    decided = programme.stage == S.EVALUATE or (programme.stage, target) == (S.DELIVER, S.EVALUATE)
    if decided and not reason.strip():
        refuse("reason", "Say what was decided.")
    if missing := list(missing_requirements(programme, target)):
        raise held_conflict("stage", missing, kind="not_prepared")
    hold_alone(programme, target, reason=reason, by=by)
    return programme


@transaction.atomic
def pass_boundary(tranche: Tranche, *, noun: str, reason: str = "", by: User | None) -> Tranche:
    """Authorise a tranche, or end it, by a gate that the user decides alone. Raises Conflict where
    others decide."""
    target = check_move(lock(tranche), noun)
    if missing := list(missing_requirements(tranche, target)):
        raise held_conflict("state", missing, kind="not_prepared")
    hold_alone(tranche, target, reason=reason, by=by)
    return tranche


@transaction.atomic
def resume_programme(programme: Programme, *, target: str, by: User | None) -> Programme:
    """Resume a programme in the stage in which it was paused."""
    check_move(lock(programme), "resumption", target)
    before = events_of(Programme).objects.filter(id=programme.pk).exclude(stage=S.PAUSED)
    stage = before.order_by("-pgh_id").values_list("stage", flat=True).first()
    if stage and stage != target:
        label = ProgrammeStage(stage).label.lower()
        raise Conflict({"stage": [f"{ELSEWHERE[:-1]}: {label}."]})
    return turn(programme, noun="resumption", target=target, by=by)


@transaction.atomic
def close_programme(
    programme: Programme,
    *,
    actual_end_on: date,
    actions: str = "",
    lessons: str = "",
    by: User | None,
) -> Programme:
    """Close a programme once everything about it is settled: benefits still to come have an owner
    and a day after its end on which they are measured next. `actions` says what becomes of its open
    actions; `lessons` is what was learned, which its end report begins with."""
    check_move(lock(programme), "closure")
    not_in_the_future("actual_end_on", actual_end_on, as_of=programme.portfolio.as_of)
    programme.actual_end_on = actual_end_on
    errors: dict[str, list[str]] = {}
    if holds := list(closing_blockers(programme)):
        errors["stage"] = [str(hold) for hold in holds]
    if not lessons.strip():
        errors["lessons"] = [UNSAID]
    if errors:
        raise Conflict(errors, kind="not_settled", see=pages_of(holds))
    settle_actions(programme, actions, rows=undone_with(programme, stopped=False), by=by)
    draft_end_report(programme, lessons=lessons, by=by)  # which the closing takes its lessons from
    return turn(programme, noun="closure", actual_end_on=actual_end_on, by=by)


@transaction.atomic
def terminate_programme(
    programme: Programme,
    *,
    actual_end_on: date,
    reason: str = "",
    actions: str = "",
    by: User | None,
) -> Programme:
    """Stop a programme whose projects have been terminated or moved and whose risks are closed, by
    a gate that the user decides alone. `actions` says what becomes of its open actions. Raises
    Conflict where others decide."""
    check_move(lock(programme), "termination")
    not_in_the_future("actual_end_on", actual_end_on, as_of=programme.portfolio.as_of)
    if programme.starts_on and actual_end_on < programme.starts_on:
        refuse("actual_end_on", "A programme does not stop before it starts.")
    if missing := list(missing_requirements(programme, S.TERMINATED)):
        raise held_conflict("stage", missing, kind="not_settled")
    hold_alone(
        programme, S.TERMINATED, reason=reason, ends_on=actual_end_on, actions=actions, by=by
    )
    return programme
