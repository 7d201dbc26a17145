"""Lessons and standards on the pages of what they fit, and where a lesson was used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Value, When

from pmhub.access import can
from pmhub.access.scoped_rows import ScopedRows, read_at_once
from pmhub.database.collation import InOrder
from pmhub.database.statements import IDS
from pmhub.registers.panels import Panel
from projects.models import (
    AssetVersion,
    Lesson,
    LessonUse,
    ProcessAsset,
    Project,
    TailoringRecord,
    VersionState,
)
from projects.models.lesson import PLACES, SHOWN_AT
from projects.queries.lessons import (
    ANY_STANDARD,
    APPLIES_BY,
    answers_at,
    applicable,
    fitting_lessons,
    fitting_standards,
    place_of,
    unanswered_standards,
)
from projects.serializers.lessons import RECURRED
from projects.serializers.relevance import fit_in_words

COLLECTIONS = {"risk": "risks", "issue": "issues", "gate": "gates", "project": "projects"}
SEEN = ScopedRows(
    lambda reader: (
        Lesson.objects.visible_to(reader).filter(pk__in=[IDS]).values_list("pk", flat=True)
    )
)


def fitting(record: Any, request: Any) -> dict[str, Any] | None:
    """Return the lessons and standards that fit a risk, an issue, a gate or a project best, and the
    earlier answers there; None where there are none."""
    uses = answers_at(record)
    place = place_of(record)
    seen = _seen(request.user, uses) if uses else set()
    answered = [(use, use.lesson if use.lesson_id in seen else None) for use in uses]
    done = {use.lesson_id for use in uses}
    pairs = fitting_lessons(place, request.user, without=done)
    lessons = [(lesson, fit_in_words(fit)) for lesson, fit in pairs]
    standards = [
        (asset, fit_in_words(fit)) for asset, fit in fitting_standards(place, request.user)
    ]
    if not (lessons or standards or answered):
        return None
    kind = place.kind
    return {
        "lessons": lessons,
        "standards": standards,
        "answered": answered,
        "kind": kind,
        "record": record,
        "collection": COLLECTIONS[kind],
        "may_answer": can(request.user, "write", LessonUse(**{kind: record})),
    }


def _seen(user: Any, uses: Iterable[LessonUse]) -> set[int]:
    """Return the ids of those lessons in the answers that a user may see."""
    return {*SEEN(user, [use.lesson_id for use in uses])}


def lesson_uses(lesson: Lesson, request: Any) -> dict[str, Any] | None:
    """Return where a lesson was used, as far as the reader sees it, whether it happened again
    there, and which standards were changed for it; None where there is neither."""
    uses = LessonUse.objects.visible_to(request.user).filter(lesson=lesson)
    rows = uses.select_related(*SHOWN_AT, "person", "action").annotate(
        recurred=Case(When(RECURRED, then=Value(True)), default=Value(False))
    )
    changed = AssetVersion.objects.visible_to(request.user).filter(lesson=lesson)
    told_of = [
        (use, COLLECTIONS[next(name for name in SHOWN_AT if getattr(use, f"{name}_id"))])
        for use in rows
    ]
    standards = list(changed.select_related("asset"))
    if not (told_of or standards):
        return None
    return {
        "uses": told_of,
        "standards": standards,
        "again": sum(1 for use, _ in told_of if use.recurred),
    }


def in_force(asset: ProcessAsset, request: Any) -> dict[str, Any] | None:
    """Return the version of a standard in force; None where none is."""
    version = asset.versions.filter(state=VersionState.PUBLISHED).first()
    if version is None:
        return None
    seen = Lesson.objects.visible_to(request.user).filter(changed_standards=version).first()
    return {"version": version, "lesson": seen}


def applied(asset: ProcessAsset, request: Any) -> dict[str, Any] | None:
    """Return how the projects that the reader sees apply a standard, in any of its versions; None
    where none does."""
    records = TailoringRecord.objects.visible_to(request.user).filter(asset_version__asset=asset)
    rows = records.filter(state__in=["proposed", "agreed"]).select_related(
        "project", "asset_version", "agreed_by"
    )
    found = list(rows.order_by(InOrder("project__code"), "pk"))
    return {"rows": found} if found else None


def standards(project: Project, request: Any) -> dict[str, Any] | None:
    """Return the standards that apply to a project, each with how the project applies it; None
    where there are none."""
    answers = TailoringRecord.objects.filter(project=project, state__in=["proposed", "agreed"])
    by_asset = {row.asset_version.asset_id: row for row in answers.select_related("asset_version")}
    if not by_asset and not ANY_STANDARD(id=project.owner_portfolio.pk):
        return None
    read_at_once(project, APPLIES_BY)
    rows = applicable(project.owner_portfolio, project, project.stage)
    assets = list(rows.order_by("-mandatory", InOrder("code"), "pk"))
    versions = AssetVersion.objects.filter(asset__in=assets, state=VersionState.PUBLISHED)
    number = {row.asset_id: row for row in versions}
    if not assets and not by_asset:
        return None
    holding = set(unanswered_standards(project, project.stage).values_list("pk", flat=True))
    return {
        "rows": [
            (asset, number[asset.pk], by_asset.get(asset.pk), asset.pk in holding)
            for asset in assets
        ],
        "project": project,
        "may_write": can(request.user, "write", TailoringRecord(project=project)),
    }


def lessons_of(home: Any, request: Any) -> dict[str, Any] | None:
    """Return the lessons of a project; None where the reader sees none and may not write one."""
    kind = str(home._meta.model_name)
    rows = list(Lesson.objects.visible_to(request.user).filter(**{kind: home}))
    may_write = can(request.user, "write", Lesson(**{kind: home}))
    if kind not in PLACES or not (rows or may_write):
        return None
    return {"rows": rows, "kind": kind, "collection": f"{kind}s", "may_write": may_write}


PANELS = {
    "lessons-that-fit": Panel(
        "Lessons and standards that fit", "projects/lessons_that_fit.html", fitting, cached=True
    ),
    "lesson-used": Panel(
        "Where it was used", "projects/lesson_uses.html", lesson_uses, cached=True
    ),
    "lessons": Panel("Lessons", "projects/lessons.html", lessons_of, cached=True),
    "standard-in-force": Panel("What it says", "projects/standard_in_force.html", in_force),
    "standard-applied": Panel(
        "How projects apply it", "projects/tailoring_records.html", applied, cached=True
    ),
    "standards": Panel("Standards", "projects/standards.html", standards, cached=True),
}
