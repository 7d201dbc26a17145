"""What a programme or a tranche still lacks for another stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benefits.models import Benefit
from pmhub.page_addresses import address_of
from programmes.models import Programme, Tranche
from programmes.models.assurance import ReviewState
from programmes.models.mandate import MandateState
from programmes.models.operating_model import OperatingModelProgress
from programmes.models.outcome import OutcomeState
from programmes.models.programme import BusinessCaseStage, ProgrammeStage, TrancheState
from programmes.queries.step_blockers import Blocker, Way, at_records
from projects.models import LIVE, Project, Risk
from projects.queries import UNSETTLED
from projects.queries.programmes import in_programme

S = ProgrammeStage


def missing_requirements(place: Programme | Tranche, target: str) -> Iterator[Blocker]:
    """Yield what a programme or a tranche still lacks to enter a stage."""
    for lacks in TAKES.get((str(place._meta.model_name), target), ()):
        yield from lacks(place)


def live_projects(programme: Programme) -> Any:
    """Return the live projects of a programme."""
    return Project.objects.filter(programme=programme, status__in=LIVE)


def risks_of(programme: Programme) -> Any:
    """The risks of a programme and of its projects."""
    return Risk.objects.filter(in_programme(programme))


def undecided_risks(programme: Programme) -> Any:
    """Return the risks of a programme and of its projects that are neither closed nor rejected."""
    return risks_of(programme).filter(status__in=UNSETTLED)


def _edited(programme: Programme) -> Way:
    return str(programme), address_of("edit-record", "programmes", programme.pk)


def _below(programme: Programme, collection: str) -> Way:
    """Return the name and the address of the list of a programme's records of a collection."""
    called = f"{collection.replace('-', ' ')} of {programme.code}"
    return called, address_of("register-of", "programmes", programme.pk, collection)


def _undesigned(programme: Programme) -> Iterator[Blocker]:
    if not programme.vision or not programme.target_operating_model:
        words = "Describe its vision and its target operating model first"
        yield Blocker(words, (_edited(programme),))
    if not Benefit.objects.filter(programme=programme, profile_entries__isnull=False).exists():
        yield Blocker("Enter the profile of a benefit first", (_below(programme, "benefits"),))
    if not risks_of(programme).exists():
        yield Blocker("Record its initial risks first", (_below(programme, "risks"),))


def _unnamed(programme: Programme) -> Iterator[Blocker]:
    posts = {
        "an SRO": programme.sro_id,
        "a programme manager": programme.programme_manager_id,
        "a business change manager": programme.bcms.exists(),
    }
    if missing := [name for name, held in posts.items() if not held]:
        yield Blocker(f"Appoint {', '.join(missing)} first", (_edited(programme),))


def _unapproved(programme: Programme) -> Iterator[Blocker]:
    approved = programme.business_case_approved_on
    if programme.business_case_stage == BusinessCaseStage.NONE or approved is None:
        words = "Have its business case approved first"
        yield Blocker(words, (_below(programme, "business-cases"),))
    idle = (TrancheState.PLANNED, TrancheState.CANCELLED)
    if not programme.tranches.exclude(state__in=idle).exists():
        yield Blocker("Authorise a tranche first", (_below(programme, "tranches"),))


def _unready(programme: Programme) -> Iterator[Blocker]:
    if not programme.outcomes.exclude(state=OutcomeState.DEFINED).exists():
        words = "Record an outcome whose capability is ready first"
        yield Blocker(words, (_below(programme, "outcomes"),))


def _unreviewed(programme: Programme) -> Iterator[Blocker]:
    held = programme.assurance_reviews.exclude(state=ReviewState.PLANNED)
    if programme.stage == S.EMBED and not held.exists():
        words = "Hold the review at the end of the tranche first"
        yield Blocker(words, (_below(programme, "assurance-reviews"),))


def _going_on(programme: Programme) -> Iterator[Blocker]:
    live = live_projects(programme)
    yield from at_records("Terminate or move its projects first", live, "projects")
    yield from at_records("Close its risks first", undecided_risks(programme), "risks")


def _unmandated(programme: Programme) -> Iterator[Blocker]:
    approved = programme.mandates.filter(state=MandateState.APPROVED)
    if programme.stage == S.IDENTIFY and not approved.exists():
        yield Blocker("Have its mandate approved first", (_below(programme, "mandates"),))


def _unlanded(tranche: Tranche) -> Iterator[Blocker]:
    unreached = tranche.operating_model_states.exclude(state=OperatingModelProgress.REACHED)
    ways = tuple(
        (
            str(part.get_dimension_display()).lower(),
            address_of("record", "operating-model-states", part.pk),
        )
        for part in unreached
    )
    if ways:
        yield Blocker("Reach the operating model of the tranche first", ways)


TAKES: dict[tuple[str, str], tuple[Callable[[Any], Iterator[Blocker]], ...]] = {
    ("programme", S.DESIGN): (_unmandated,),
    ("programme", S.PLAN): (_undesigned, _unnamed),
    ("programme", S.DELIVER): (_unnamed, _unapproved),
    ("programme", S.EMBED): (_unready,),
    ("programme", S.EVALUATE): (_unreviewed,),
    ("programme", S.TERMINATED): (_going_on,),
    ("tranche", TrancheState.ENDED): (_unlanded,),
}
