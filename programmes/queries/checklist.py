"""What a programme or a project still lacks to have all its figures: found by rule from what there
is, so that the list empties by itself as people fill it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q

from benefits.models import Benefit, BenefitContribution
from pmhub.statements import ID, Rows
from programmes.models import Outcome, Programme
from programmes.models.ended import ENDED, LIVE_PROJECTS
from projects.models import Baseline, BudgetLine, Milestone, Project, Risk


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something that is missing: `name`, a sentence, and where it is mended: the register whose new
    record it takes, or none for a field of the record itself. `of` is the relation by which that
    record belongs to this one."""

    name: str
    says: str
    register: str = ""
    of: str = ""


LIVE: Any = Project.objects.filter(status__in=LIVE_PROJECTS)
GOING_ON: Any = Programme.objects.exclude(stage__in=ENDED)


def _without(model: type[Model], path: str, **given: Any) -> Any:
    rows: Any = model._default_manager
    return ~Exists(rows.filter(**{path: OuterRef("pk"), **given}))


OF_PROJECT: tuple[tuple[Any, Lacking], ...] = (
    (
        Q(project_manager=None),
        Lacking("project_manager", "Nobody manages it: name a project manager."),
    ),
    (Q(executive=None), Lacking("executive", "No executive answers for it.")),
    (
        Q(forecast_start=None) | Q(forecast_finish=None),
        Lacking("dates", "It has no forecast of its start and finish."),
    ),
    (
        _without(Baseline, "project", approved_on__isnull=False),
        Lacking(
            "baseline", "No plan is approved: it has no slip, no earned value and no outturn.",
            "baselines", "project",
        ),
    ),
    (
        _without(BudgetLine, "project", approved__gt=0),
        Lacking("budget", "No budget is approved.", "budget-lines", "project"),
    ),
    (
        _without(Milestone, "project"),
        Lacking("milestone", "It has no milestone.", "milestones", "project"),
    ),
    (
        _without(Risk, "project"),
        Lacking("risk", "No risk is recorded: its exposure reads as none.", "risks", "project"),
    ),
    (
        _without(BenefitContribution, "project"),
        Lacking(
            "contribution", "No benefit rests on it: link it with what it is for.",
            "contributions", "project",
        ),
    ),
    (Q(declared_rag=""), Lacking("status", "Its status was never declared.")),
)  # fmt: skip
OF_PROGRAMME: tuple[tuple[Any, Lacking], ...] = (
    (Q(sro=None), Lacking("sro", "No senior responsible owner is named.")),
    (
        Q(programme_manager=None), Lacking("programme_manager", "Nobody manages it."),
    ),
    (Q(vision=""), Lacking("vision", "It says nothing of what it is for.")),
    (
        Q(starts_on=None) | Q(planned_end_on=None),
        Lacking("dates", "It has no start and planned end."),
    ),
    (
        _without(Project, "programme"),
        Lacking("project", "It has no project.", "projects", "programme"),
    ),
    (
        Exists(
            LIVE.filter(
                _without(Baseline, "project", approved_on__isnull=False), programme=OuterRef("pk")
            )
        ),
        Lacking("plan", "Not every project has an approved plan.", "projects"),
    ),
    (
        _without(Outcome, "programme"),
        Lacking("outcome", "No outcome says what will be different.", "outcomes", "programme"),
    ),
    (
        _without(Benefit, "programme"),
        Lacking("benefit", "No benefit is expected of it.", "benefits", "programme"),
    ),
    (
        ~Exists(
            Risk.objects.filter(
                Q(programme=OuterRef("pk")) | Q(project__programme=OuterRef("pk"))
            )
        ),
        Lacking("risk", "No risk is recorded: its exposure reads as none.", "risks", "programme"),
    ),
)  # fmt: skip


def _rows(rows: Any, rules: Sequence[tuple[Any, Lacking]]) -> Rows[dict[str, bool]]:
    lacks = {f"lacks_{each.name}": rule for rule, each in rules}
    return Rows(lambda: rows.filter(pk=ID).annotate(**lacks).values(*lacks))


PROJECTS, PROGRAMMES = _rows(LIVE, OF_PROJECT), _rows(GOING_ON, OF_PROGRAMME)


def lacking(record: Programme | Project) -> Sequence[Lacking]:
    """Return what a programme or a project lacks, in one statement; nothing of one that has
    ended."""
    of_project = isinstance(record, Project)
    rules, rows = (OF_PROJECT, PROJECTS) if of_project else (OF_PROGRAMME, PROGRAMMES)
    return [
        each for found in rows(id=record.pk) for _, each in rules if found[f"lacks_{each.name}"]
    ]
