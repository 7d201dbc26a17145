"""What a programme or a tranche still lacks for another stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Q

from benefits.models import Benefit
from pmhub.text import in_order
from programmes.models import Programme, Tranche
from programmes.models.governance import ReviewState
from programmes.models.outcome import OutcomeState
from programmes.models.programme import BusinessCaseStage, ProgrammeStage, TrancheState
from programmes.models.states import MandateState, OperatingModelProgress
from projects.models import Project, ProjectStatus, Risk, RiskStatus

S = ProgrammeStage
LIVE = (ProjectStatus.ACTIVE, ProjectStatus.ON_HOLD)
MOST_NAMED = 20
UNDECIDED = (RiskStatus.DRAFT, RiskStatus.OPEN)


def lacking(place: Programme | Tranche, target: str) -> Iterator[str]:
    """Return what a programme or a tranche still lacks for a stage, each as a sentence."""
    for lacks in TAKES.get((str(place._meta.model_name), target), ()):
        yield from lacks(place)


def live_projects(programme: Programme) -> Any:
    """The projects of a programme that go on."""
    return Project.objects.filter(programme=programme, status__in=LIVE)


def risks_of(programme: Programme) -> Any:
    """The risks of a programme and of its projects."""
    return Risk.objects.filter(Q(programme=programme) | Q(project__programme=programme))


def undecided_risks(programme: Programme) -> Any:
    """Those of them that are neither closed nor turned down."""
    return risks_of(programme).filter(status__in=UNDECIDED)


def named(words: str, rows: Any, code: str = "code") -> Iterator[str]:
    """A sentence that names the codes of the rows, where there are any: of many, the first."""
    if codes := sorted(rows.order_by().values_list(code, flat=True), key=in_order):
        more = len(codes) - MOST_NAMED
        rest = f" and {more} more" if more > 0 else ""
        yield f"{words}: {', '.join(codes[:MOST_NAMED])}{rest}."


def _undesigned(programme: Programme) -> Iterator[str]:
    if not programme.vision or not programme.target_operating_model:
        yield "Describe its vision and its target operating model first."
    if not Benefit.objects.filter(programme=programme, profile_entries__isnull=False).exists():
        yield "Enter the profile of a benefit first."
    if not risks_of(programme).exists():
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


def _going_on(programme: Programme) -> Iterator[str]:
    yield from named("Terminate or move its projects first", live_projects(programme))
    yield from named("Close its risks first", undecided_risks(programme))


def _unmandated(programme: Programme) -> Iterator[str]:
    approved = programme.mandates.filter(state=MandateState.APPROVED)
    if programme.stage == S.IDENTIFY and not approved.exists():
        yield "Have its mandate approved first."


def _unlanded(tranche: Tranche) -> Iterator[str]:
    open_states = tranche.operating_model_states.exclude(state=OperatingModelProgress.REACHED)
    if names := [open_state.get_dimension_display().lower() for open_state in open_states]:
        yield f"Reach the operating model of the tranche first: {', '.join(names)}."


TAKES: dict[tuple[str, str], tuple[Callable[[Any], Iterator[str]], ...]] = {
    ("programme", S.DESIGN): (_unmandated,),
    ("programme", S.PLAN): (_undesigned, _unnamed),
    ("programme", S.DELIVER): (_unnamed, _unapproved),
    ("programme", S.EMBED): (_unready,),
    ("programme", S.EVALUATE): (_unreviewed,),
    ("programme", S.TERMINATED): (_going_on,),
    ("tranche", TrancheState.ENDED): (_unlanded,),
}
