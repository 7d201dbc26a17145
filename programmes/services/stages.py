"""Moving a programme on: what each stage takes, and how it pauses, closes and stops."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from benefits.models import Benefit, BenefitStatus
from pmhub.database.history import events_of
from pmhub.models import User
from pmhub.services import Conflict, check_move, lock, refuse, turn
from programmes.models import Programme
from programmes.models.governance import ReviewState
from programmes.models.outcome import OutcomeState
from programmes.models.programme import BusinessCaseStage, ProgrammeStage, TrancheState
from projects.models import Project, ProjectStatus, Risk, RiskStatus
from projects.services.actions import settle_actions

S = ProgrammeStage
LIVE = (ProjectStatus.ACTIVE, ProjectStatus.ON_HOLD)
UNDECIDED = (RiskStatus.DRAFT, RiskStatus.OPEN)
# Nobody waits for these any more.
BENEFIT_ENDED = (
    BenefitStatus.REALISED, BenefitStatus.SUSTAINED, BenefitStatus.WITHDRAWN,
    BenefitStatus.MISSED, BenefitStatus.SUPERSEDED,
)  # fmt: skip


@transaction.atomic
def move_programme(
    programme: Programme, *, target: str, reason: str = "", by: User | None
) -> Programme:
    """Take a programme to another stage, once that is prepared. After evaluating, and to evaluate
    before anything is embedded, the board decides: the reason is its decision."""
    check_move(lock(programme), "stage", target)
    decided = programme.stage == S.EVALUATE or (programme.stage, target) == (S.DELIVER, S.EVALUATE)
    if decided and not reason.strip():
        refuse("reason", "Say what was decided.")
    if missing := list(against_stage(programme, ProgrammeStage(target))):
        raise Conflict({"stage": missing}, kind="not_prepared")
    return turn(programme, noun="stage", target=target, by=by)


def against_stage(programme: Programme, stage: ProgrammeStage) -> Iterator[str]:
    """Return what a programme still lacks for a stage, each as a sentence."""
    for lacks in TAKES.get(stage, ()):
        yield from lacks(programme)


def _undesigned(programme: Programme) -> Iterator[str]:
    if not programme.vision or not programme.target_operating_model:
        yield "Describe its vision and its target operating model first."
    if not Benefit.objects.filter(programme=programme, profile_entries__isnull=False).exists():
        yield "Enter the profile of a benefit first."
    if not _risks(programme).exists():
        yield "Record its initial risks first."


def _unnamed(programme: Programme) -> Iterator[str]:
    posts = {
        "an SRO": programme.sro_id,
        "a programme manager": programme.programme_manager_id,
        "a business change manager": programme.bcms.exists(),
    }
    if missing := [name for name, held in posts.items() if not held]:
        yield f"Appoint {', '.join(missing)} first."


def _unapproved(programme: Programme) -> Iterator[str]:
    approved = programme.business_case_approved_on
    if programme.business_case_stage == BusinessCaseStage.NONE or approved is None:
        yield "Have its business case approved first."
    idle = (TrancheState.PLANNED, TrancheState.CANCELLED)
    if not programme.tranches.exclude(state__in=idle).exists():
        yield "Authorise a tranche first."


def _unready(programme: Programme) -> Iterator[str]:
    if not programme.outcomes.exclude(state=OutcomeState.DEFINED).exists():
        yield "Record an outcome whose capability is ready first."


def _unreviewed(programme: Programme) -> Iterator[str]:
    held = programme.assurance_reviews.exclude(state=ReviewState.PLANNED)
    if programme.stage == S.EMBED and not held.exists():
        yield "Hold the review at the end of the tranche first."


TAKES: dict[ProgrammeStage, tuple[Callable[[Programme], Iterator[str]], ...]] = {
    S.PLAN: (_undesigned, _unnamed),
    S.DELIVER: (_unnamed, _unapproved),
    S.EMBED: (_unready,),
    S.EVALUATE: (_unreviewed,),
}


@transaction.atomic
def resume_programme(programme: Programme, *, target: str, by: User | None) -> Programme:
    """Go on in the stage in which the programme was paused."""
    check_move(lock(programme), "resumption", target)
    before = events_of(Programme).objects.filter(id=programme.pk).exclude(stage=S.PAUSED)
    stage = before.order_by("-pgh_id").values_list("stage", flat=True).first()
    if stage and stage != target:
        label = ProgrammeStage(stage).label.lower()
        raise Conflict({"stage": [f"It was paused in the stage {label}: it goes on there."]})
    return turn(programme, noun="resumption", target=target, by=by)


@transaction.atomic
def close_programme(
    programme: Programme, *, actual_end_on: date, actions: str = "", by: User | None
) -> Programme:
    """Close a programme: nothing of it is left that nobody watches. Benefits still to come have an
    owner and a day after its end on which they are measured next; `actions` says what becomes of
    its own open ones."""
    check_move(lock(programme), "closure")
    watched = Q(owner__isnull=False, next_measurement_on__gt=actual_end_on)
    benefits = programme.benefits.exclude(status__in=BENEFIT_ENDED).exclude(watched)
    _ask({
        "End or move its projects first": _live(programme),
        "Realise or withdraw these benefits, or name who measures them when": benefits,
        "Close its risks first": _risks(programme).filter(status__in=UNDECIDED),
    })  # fmt: skip
    settle_actions(programme, actions, by=by)
    return turn(programme, noun="closure", actual_end_on=actual_end_on, by=by)


@transaction.atomic
def terminate_programme(
    programme: Programme, *, actual_end_on: date, actions: str = "", by: User | None
) -> Programme:
    """Stop a programme whose projects have been terminated or moved, and its risks closed;
    `actions` says what becomes of its own open ones."""
    check_move(lock(programme), "termination")
    _ask({
        "Terminate or move its projects first": _live(programme),
        "Close its risks first": _risks(programme).filter(status__in=UNDECIDED),
    })  # fmt: skip
    settle_actions(programme, actions, by=by)
    return turn(programme, noun="termination", actual_end_on=actual_end_on, by=by)


def _live(programme: Programme) -> Any:
    return Project.objects.filter(programme=programme, status__in=LIVE)


def _risks(programme: Programme) -> Any:
    return Risk.objects.filter(Q(programme=programme) | Q(project__programme=programme))


def _ask(against: dict[str, Any]) -> None:
    """Raise Conflict with the codes of what stands against it."""
    codes = {words: sorted(rows.values_list("code", flat=True)) for words, rows in against.items()}
    found = [f"{words}: {', '.join(names)}." for words, names in codes.items() if names]
    if found:
        raise Conflict({"stage": found}, kind="not_settled")
