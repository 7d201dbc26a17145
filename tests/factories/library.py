"""Standards and lessons."""

from typing import Any

from programmes.models import Portfolio, Programme
from projects.models import (
    AssetVersion,
    Gate,
    Issue,
    Lesson,
    LessonUse,
    ProcessAsset,
    Project,
    Risk,
    TailoringRecord,
)
from tests.factories.codes import next_code
from tests.factories.people import person
from tests.factories.programmes import portfolio
from tests.factories.projects import project


def process_asset(home: Portfolio | None = None, **fields: Any) -> ProcessAsset:
    """Return a standard without a version."""
    defaults = {"code": next_code("PA"), "title": "Lifting operations"}
    return ProcessAsset.objects.create(portfolio=home or portfolio(), **defaults | fields)


def asset_version(asset: ProcessAsset | None = None, **fields: Any) -> AssetVersion:
    """Return a version of a standard, in force unless another state is given."""
    said: dict[str, Any] = {
        "asset": asset or process_asset(),
        "number": 1,
        "text": "Plan it",
        "state": "published",
    }
    said |= fields
    if said["state"] in ("published", "retired"):
        said = {"effective_from": "2026-10-01", "approved_by": person()} | said
    return AssetVersion.objects.create(**said)


def tailoring(home: Project | None = None, **fields: Any) -> TailoringRecord:
    """Return the record of how a project applies a standard; proposed unless another state is
    given."""
    home = home or project()
    said: dict[str, Any] = {
        "project": home,
        "answer": "adapted",
        "what": "By a firm",
        "reason": "None here",
    }
    if "asset_version" not in fields:
        said["asset_version"] = asset_version(process_asset(home.owner_portfolio))
    said |= fields
    if said.get("state") in ("agreed", "ended"):
        said = {"agreed_by": person(), "agreed_on": "2026-10-01"} | said
    return TailoringRecord.objects.create(**said)


def lesson(home: Project | Programme | Portfolio, **fields: Any) -> Lesson:
    """Return a lesson; validated unless another state is given."""
    said: dict[str, Any] = {
        str(home._meta.model_name): home,
        "code": next_code("LX"),
        "title": "Book the tower crane early",
        "what_happened": "The crane was not free",
        "recommendation": "Book the crane before the steel is ordered",
        "state": "validated",
    }
    said |= fields
    if said["state"] in ("validated", "applied", "archived"):
        said = {"validated_by": person()} | said
    return Lesson.objects.create(**said)


def lesson_use(place: Risk | Issue | Gate | Project, **fields: Any) -> LessonUse:
    """Return the answer to a lesson at a place where it fits."""
    home: Any = getattr(place, "project", place)
    said: dict[str, Any] = {str(place._meta.model_name): place, "answer": "covered",
                            "reason": "Booked", "on": "2026-10-01"}  # fmt: skip
    if "lesson" not in fields:
        said["lesson"] = lesson(home)
    return LessonUse.objects.create(**said | fields)
