"""How a project ends: closed, when it has delivered; terminated, before it has.

Whoever ends it answers first what becomes of its open records. The rest follows by itself: its
bookings end, the dependencies it waited for are withdrawn, planned gates and inspections are
cancelled, and of a terminated project the milestones not reached. Its benefits, contributions and
measurements stay: the owners of the benefits are asked whether they still come.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from benefits.models import ReviewCause
from benefits.services import ask_reviews
from pmhub.database.history import because
from pmhub.models import User
from pmhub.page_addresses import address_of
from pmhub.services import Conflict, check_move, lock, not_in_the_future, refuse, save, turn
from programmes.models.closure_triggers import UNSAID
from programmes.models.programme_line import TO_COMPLETE
from programmes.queries.closure import closing_blockers
from programmes.queries.step_blockers import see
from projects.disclosure import End
from projects.models import (
    UNDONE,
    Action,
    AssumptionState,
    Dependency,
    MilestoneState,
    Project,
    ProjectStage,
    ProjectStatus,
    Risk,
)
from projects.models.states import OutputState
from projects.queries import open_risks, undone_with
from projects.queries.dependencies import awaited_from, ends_of, waited_for
from projects.services.actions import settle_actions, unanswered_conflict
from projects.services.end_report import draft_end_report
from projects.services.risk import close_risk, transfer_risk
from projects.services.schedule import withdraw_dependency

CLOSE, TRANSFER = "close", "transfer"  # what becomes of an open risk
Errors = dict[str, list[ValidationError]]


@transaction.atomic
def close_project(
    project: Project,
    *,
    finished_on: date,
    risks: Mapping[int, str] | None = None,
    acknowledged_dependencies: Collection[int] = (),
    actions: str = "",
    lessons: str = "",
    by: User | None,
) -> Project:
    """Close a project that has delivered its outputs and handed over its benefits.

    `risks` says of each open risk whether it is closed or transferred to the programme.
    `acknowledged_dependencies` are the dependencies whose receivers know that nothing will come.
    `actions` says what becomes of the open actions of the project and of the risks that close with
    it. `lessons` is what was learned; the end report begins with it.
    """
    check_move(lock(project), "closure")
    not_in_the_future("finished_on", finished_on, as_of=project.owner_portfolio.as_of)
    if project.actual_start is None:
        refuse("actual_start", "Give its actual start first: it has finished.")
    if finished_on < project.actual_start:
        refuse("finished_on", "This is before its actual start: give that day or a later one.")
    answers = Answers(risks or {}, acknowledged_dependencies, actions)
    _settle(project, answers, _against_closing(project, lessons), stopped=False, by=by)
    project.status, project.stage = ProjectStatus.CLOSED, ProjectStage.CLOSED
    project.actual_finish, project.percent_complete = finished_on, Decimal(100)
    project.still_costs(Decimal(0))
    draft_end_report(project, lessons=lessons, by=by)  # first, for a closed project needs lessons
    fields = "status stage actual_finish percent_complete"
    save(project, *fields.split(), *TO_COMPLETE, by=by)
    settle_waiting(project, finished_on, by=by)
    if project.outputs.filter(state=OutputState.DESCOPED).exists():
        ask_reviews(project, ReviewCause.CLOSED_UNDELIVERED, by=by)
    return project


@transaction.atomic
def terminate_project(
    project: Project,
    *,
    terminated_on: date,
    reason: str,
    estimate_to_complete: Decimal = Decimal(0),
    risks: Mapping[int, str] | None = None,
    acknowledged_dependencies: Collection[int] = (),
    actions: str = "",
    by: User | None,
) -> Project:
    """Stop a project before it has delivered, whatever its stage.

    `estimate_to_complete` is what winding down will still cost; `risks`,
    `acknowledged_dependencies` and `actions` are as for closing.
    """
    check_move(lock(project), "termination")
    if not reason.strip():
        refuse("reason", "Say why the project stops.")
    not_in_the_future("terminated_on", terminated_on, as_of=project.owner_portfolio.as_of)
    if project.actual_start:
        if terminated_on < project.actual_start:
            refuse(
                "terminated_on", "This is before its actual start: give that day or a later one."
            )
        project.actual_finish = terminated_on
    project.status = ProjectStatus.TERMINATED
    project.still_costs(estimate_to_complete)
    project.terminated_on, project.ended_reason = terminated_on, reason.strip()
    fields = "status terminated_on ended_reason actual_finish"
    with because(reason):
        answers = Answers(risks or {}, acknowledged_dependencies, actions)
        _settle(project, answers, {}, stopped=True, by=by)
        save(project, *fields.split(), *TO_COMPLETE, by=by)
        _cancel_milestones(project, by=by)
        settle_waiting(project, terminated_on, by=by)
        ask_reviews(project, ReviewCause.TERMINATION, by=by)
    return project


def _cancel_milestones(project: Project, *, by: User | None) -> None:
    """Cancel the milestones that a terminated project will not reach."""
    milestones = project.milestones.filter(state=MilestoneState.PLANNED)
    milestones.update(state=MilestoneState.CANCELLED, updated_by=by)


def settle_waiting(project: Project, day: date, *, by: User | None) -> None:
    """Withdraw the dependencies that a project which ended on a day still waited for, end its
    bookings, and retire its open assumptions. Open decisions about the project lapse by the
    triggers in `closure_triggers.py` of the models."""
    for link in waited_for(project):
        withdraw_dependency(link, by=by)
    project.allocations.filter(starts_on__gt=day).delete()
    project.allocations.filter(ends_on__gt=day).update(ends_on=day, updated_by=by)
    left = project.assumptions.filter(state=AssumptionState.OPEN)
    with because("The project has ended."):
        for assumption in left.order_by("pk"):
            turn(assumption, noun="retirement", settled_on=day, by=by)


# What has to be settled or answered first


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers about open records: for each risk, by its id; the dependencies whose receivers
    know that nothing will come; and one for all actions (`projects.services.actions`)."""

    risks: Mapping[int, str]
    acknowledged: Collection[int]
    actions: str


def _settle(
    project: Project, answers: Answers, against: Errors, *, stopped: bool, by: User | None
) -> None:
    """Settle the open risks and actions of a project as was answered. Raises Conflict with all that
    is left: what stands `against` the end, and open records and waiting receivers without an
    answer; ValidationError for an answer about a record of another project."""
    _check_answers(project, answers.risks, answers.acknowledged)
    still_open = list(open_risks(project))
    unanswered = [risk for risk in still_open if risk.pk not in answers.risks]
    awaited = awaited_from(project).exclude(pk__in=answers.acknowledged)
    waiting = list(awaited.select_related("receiver"))
    falling = undone_with(project, stopped=stopped)
    undone = [] if answers.actions else [*falling, *_of_risks(answers.risks)]
    if against or unanswered or waiting or undone:
        raise _unsettled(project, against, unanswered, waiting, undone, by)
    settle_actions(project, answers.actions, rows=falling, by=by)
    for risk in still_open:
        _answer_risk(risk, answers, by=by)


def _of_risks(risks: Mapping[int, str]) -> QuerySet[Action]:
    """Return the open actions of the risks that are closed with a project."""
    closed = [pk for pk, answer in risks.items() if answer == CLOSE]
    return Action.objects.filter(risk__in=closed, state__in=UNDONE).order_by("pk")


def _answer_risk(risk: Risk, answers: Answers, *, by: User | None) -> None:
    try:
        if answers.risks[risk.pk] == CLOSE:
            close_risk(risk, actions=answers.actions, by=by)
        else:
            transfer_risk(risk, by=by)
    except ValidationError as error:
        raise Conflict({f"risks/{risk.pk}": error.messages}) from error


def _check_answers(
    project: Project, risks: Mapping[int, str], acknowledged: Collection[int]
) -> None:
    """Raise ValidationError for an answer about a risk or a dependency that is not the
    project's."""
    errors = dict(_strange_answers(project, risks, acknowledged))
    if errors:
        raise ValidationError(errors)


def _strange_answers(
    project: Project, risks: Mapping[int, str], acknowledged: Collection[int]
) -> Iterator[tuple[str, list[str]]]:
    own = set(project.risks.filter(pk__in=risks).values_list("pk", flat=True))
    if strange := sorted(risks.keys() - own):
        yield "risks", [f"The project has no risk {', '.join(map(str, strange))}."]
    elif project.programme is None and TRANSFER in risks.values():
        yield "risks", ["A project that stands alone has no programme to take its risks: close it."]
    given = project.dependencies_out.filter(pk__in=acknowledged).values_list("pk", flat=True)
    if strange := sorted({*acknowledged} - {*given}):
        numbers = ", ".join(map(str, strange))
        yield "acknowledged_dependencies", [f"The project gives nothing by dependency {numbers}."]


def _unsettled(
    project: Project,
    against: Errors,
    risks: list[Risk],
    waiting: list[Dependency],
    actions: list[Action],
    by: User | None,
) -> Conflict:
    """Return the conflict that lists what is to be settled, in words and as data; for a receiver
    out of sight it names whom to call."""
    ends = ends_of([link.pk for link in waiting], by)
    pairs = [(link, ends[link.pk, "receiver"]) for link in waiting]
    errors: Errors = {**against}
    for risk in risks:
        errors[f"risks/{risk.pk}"] = [ValidationError(_about(risk, project), code="open_risk")]
    errors |= _awaited(pairs)
    listed: dict[str, Any] = {
        "risks": [{"id": risk.pk, "code": risk.code, "title": risk.title} for risk in risks],
        "dependencies": [_listed(*pair) for pair in pairs],
    }
    if actions:
        conflict = unanswered_conflict(actions)
        errors |= conflict.error_dict
        listed |= conflict.members["unanswered"]
    page = ("What is left to settle", address_of("project-closure", project.pk))
    return Conflict(errors, kind="unsettled", unanswered=listed, see=see([page]))


def _about(risk: Risk, project: Project) -> str:
    ways = "close it, or transfer it to the programme" if project.programme else "close it"
    return f"{risk.code} {risk.title} is open: {ways}."


def _awaited(pairs: list[tuple[Dependency, End]]) -> Errors:
    words = [
        ValidationError(
            f"{_who(link, end)} waits for {link.code} {link.deliverable}: acknowledge that it will"
            " not come.",
            code="awaited",
        )
        for link, end in pairs
    ]
    return {"acknowledged_dependencies": words} if words else {}


def _who(link: Dependency, end: End) -> str:
    if end.visible:
        return link.receiver.code
    named = end.title or "Another project"
    return f"{named} (ask {end.contact})" if end.contact else named


def _listed(link: Dependency, end: End) -> dict[str, Any]:
    receiver = link.receiver
    seen = {"id": receiver.pk, "code": receiver.code, "name": receiver.name}
    return {
        "id": link.pk,
        "code": link.code,
        "deliverable": link.deliverable,
        "need_by": link.need_by,
        "receiver": seen if end.visible else None,
        "contact": end.contact,
    }


def _against_closing(project: Project, lessons: str) -> Errors:
    """Return the errors that stand against closing the project: records to be settled, and lessons
    that nobody has written."""
    errors: Errors = {}
    if holds := list(closing_blockers(project)):
        errors["status"] = [ValidationError(str(hold), code="unsettled") for hold in holds]
    if not lessons.strip():
        errors["lessons"] = [ValidationError(UNSAID, code="unsaid")]
    return errors
