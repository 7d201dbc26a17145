"""Loads lessons, the library of standards and how projects apply them."""

from datetime import date

from pmhub.demo.rows import DemoLoad, Row
from pmhub.services import turn
from programmes.models import Portfolio
from projects.models import (
    AssetVersion,
    Lesson,
    LessonUse,
    ProcessAsset,
    TailoringRecord,
    VersionState,
)
from projects.services.lessons import answer_lesson, clear_lesson, validate_lesson
from projects.services.library import judge_tailoring, publish_version

PMO = "PE04"  # validates lessons that belong to the whole portfolio


def add_library(demo: DemoLoad, portfolio: Portfolio) -> None:
    """Add lessons, some of them validated by others, standards with their versions, how some
    projects apply them, and what was done about lessons."""
    demo.rows(ProcessAsset, "process_assets", portfolio=portfolio)
    for lesson, row in demo.rows(Lesson, "lessons", "handed_in", "validated", "cleared"):
        _judge(demo, lesson, row)
    for row in demo.data["asset_versions"]:
        [(version, _)] = demo.rows(AssetVersion, [row], "published")
        if "published" in row:
            turn(version, noun="submission", by=demo.by)
            publish_version(version, by=demo.by_code[row["published"]].user)
    for row in demo.data["tailoring_records"]:
        asset = demo.by_code[row["asset"]]
        given = {"asset_version": asset.versions.get(state=VersionState.PUBLISHED)}
        [(record, _)] = demo.rows(TailoringRecord, [row], "asset", "agreed", **given)
        if "agreed" in row:
            judge_tailoring(record, noun="agreement", by=demo.by_code[row["agreed"]].user)
    for row in demo.data["lesson_uses"]:
        fields = demo.fields(LessonUse, row, ("by", "due_on"))
        day = date.fromisoformat(row["due_on"])
        answer_lesson(LessonUse(**fields), due_on=day, by=demo.by_code[row["by"]].user)


def _judge(demo: DemoLoad, lesson: Lesson, row: Row) -> None:
    """Take a lesson through its submission, validation and clearance, as far as the row says."""
    if "handed_in" not in row:
        return
    turn(lesson, noun="submission", by=demo.by)
    if "validated" in row:
        validate_lesson(lesson, by=demo.by_code[row["validated"]].user)
    if "cleared" in row:
        clear_lesson(lesson, **row["cleared"], by=demo.by)
        validate_lesson(lesson.cleared.get(), by=demo.by_code[PMO].user)
