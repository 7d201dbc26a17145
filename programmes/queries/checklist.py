"""What a programme or a project still lacks to have all its figures: found by rule from its
records, so that the list empties by itself as people fill them in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q
from django.utils import timezone

from benefits.models import Benefit, BenefitContribution
from pmhub.database.statements import ID, Rows
from pmhub.models import RoleAssignment
from programmes.models import Outcome, Programme
from programmes.models.closure_triggers import ENDED, LIVE_PROJECTS
from projects.models import (
    Baseline,
    BudgetLine,
    Milestone,
    Project,
    Risk,
    RiskStatus,
    TemplateRole,
)


@dataclass(frozen=True, slots=True)
class MissingItem:
    """Something that is missing: `name`, a sentence (`says`), and where it is added: a new record
    of `register`, or a field of the record itself where that is empty. `of` is the field by which
    the new record names this one; `given` are other values of the new record."""

    name: str
    says: str
    register: str = ""
    of: str = ""
    given: tuple[tuple[str, str], ...] = ()


LIVE: Any = Project.objects.filter(status__in=LIVE_PROJECTS)
GOING_ON: Any = Programme.objects.exclude(stage__in=ENDED)
# A draft counts for nothing yet.
JUDGED: Any = Risk.objects.exclude(status__in=(RiskStatus.DRAFT, RiskStatus.REJECTED))


def _without(model: type[Model], path: str, **given: Any) -> Any:
    rows: Any = model._default_manager
    return ~Exists(rows.filter(**{path: OuterRef("pk"), **given}))


OF_PROJECT: tuple[tuple[Any, MissingItem], ...] = (
    (
        Q(project_manager=None),
        MissingItem("project_manager", "Nobody manages it: name a project manager."),
    ),
    (Q(executive=None), MissingItem("executive", "No executive answers for it.")),
    (
        Q(forecast_start=None) | Q(forecast_finish=None),
        MissingItem("dates", "It has no forecast of its start and finish."),
    ),
    (
        _without(Baseline, "project", approved_on__isnull=False),
        MissingItem(
            "baseline", "No plan is approved: it has no slip, no earned value and no outturn.",
            "baselines", "project",
        ),
    ),
    (
        _without(BudgetLine, "project", approved__gt=0),
        MissingItem("budget", "No budget is approved.", "budget-lines", "project"),
    ),
    (
        _without(Milestone, "project"),
        MissingItem("milestone", "It has no milestone.", "milestones", "project"),
    ),
    (
        ~Exists(JUDGED.filter(project=OuterRef("pk"))),
        MissingItem(
            "risk", "No risk is judged yet: its exposure reads as none.", "risks", "project",
        ),
    ),
    (
        _without(BenefitContribution, "project"),
        MissingItem(
            "contribution", "No benefit rests on it: link it with what it is for.",
            "contributions", "project",
        ),
    ),
    (Q(declared_rag=""), MissingItem("status", "Its status was never declared.")),
)  # fmt: skip
OF_PROGRAMME: tuple[tuple[Any, MissingItem], ...] = (
    (Q(sro=None), MissingItem("sro", "No senior responsible owner is named.")),
    (
        Q(programme_manager=None), MissingItem("programme_manager", "Nobody manages it."),
    ),
    (
        Q(bcms=None),
        MissingItem("bcm", "Nobody takes the change into the business: name a change manager."),
    ),
    (Q(vision=""), MissingItem("vision", "It says nothing of what it is for.")),
    # One that goes on for good has no end.
    (Q(starts_on=None), MissingItem("dates", "It does not say when it starts.")),
    (
        _without(Project, "programme"),
        MissingItem("project", "It has no project.", "projects", "programme"),
    ),
    (
        Exists(
            LIVE.filter(
                _without(Baseline, "project", approved_on__isnull=False), programme=OuterRef("pk")
            )
        ),
        MissingItem("plan", "Not every project has an approved plan.", "projects"),
    ),
    (
        _without(Outcome, "programme"),
        MissingItem("outcome", "No outcome says what will be different.", "outcomes", "programme"),
    ),
    (
        _without(Benefit, "programme"),
        MissingItem("benefit", "No benefit is expected of it.", "benefits", "programme"),
    ),
    (
        # Asked apart: of both at once PostgreSQL would look through the risks of all programmes.
        ~Exists(JUDGED.filter(programme=OuterRef("pk")))
        & ~Exists(JUDGED.filter(project__programme=OuterRef("pk"))),
        MissingItem("risk", "No risk is judged yet: its exposure reads as none.", "risks",
                    "programme"),
    ),
)  # fmt: skip


def _rows(rows: Any, rules: Sequence[tuple[Any, MissingItem]]) -> Rows[dict[str, bool]]:
    lacks = {f"lacks_{lack.name}": rule for rule, lack in rules}
    return Rows(lambda: rows.filter(pk=ID).annotate(**lacks).values(*lacks))


PROJECTS, PROGRAMMES = _rows(LIVE, OF_PROJECT), _rows(GOING_ON, OF_PROGRAMME)


def missing_items(record: Programme | Project) -> Sequence[MissingItem]:
    """Return what a programme or a project lacks, in one statement, and the roles that its template
    asks for and nobody holds; nothing where it has ended."""
    of_project = isinstance(record, Project)
    rules, rows = (OF_PROJECT, PROJECTS) if of_project else (OF_PROGRAMME, PROGRAMMES)
    for row in rows(id=record.pk):
        fields = [lack for _, lack in rules if row[f"lacks_{lack.name}"]]
        return [*fields, *_unfilled(record)]
    return []


def _unfilled(record: Programme | Project) -> Iterator[MissingItem]:
    """Yield the roles that its template asked for when it was begun and that nobody holds on it or
    above it today, without its posts. Later changes of the template do not count."""
    if record.template_id is None:
        return
    above: Q = Q()
    place: Any = record
    while place is not None:
        above |= Q(**{place.grant_kind: place.pk})
        place = next((up for name in place.visible_through if (up := getattr(place, name))), None)
    held = RoleAssignment.objects.current(timezone.localdate()).filter(above)
    asked = TemplateRole.objects.filter(
        template=record.template_id, updated_at__lte=record.created_at
    )
    asked = asked.exclude(role__in=[*record.posts]).exclude(role__in=held.values("role"))
    for row in asked:
        name = str(record._meta.model_name)
        says = f"Its template asks for a role that nobody holds: {row.get_role_display()}."
        given = (("role", row.role),)
        yield MissingItem(f"role-{row.role}", says, "role-assignments", name, given)
