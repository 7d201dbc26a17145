"""What waits in the library of standards, and among lessons that were submitted."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q

from pmhub.permissions import LIMITERS, Role
from pmhub.queries.waiting.rule import Asker, Rule, vacant
from projects.models import (
    AssetVersion,
    Lesson,
    LessonState,
    ProcessAsset,
    TailoringAnswer,
    TailoringRecord,
    TailoringState,
    VersionState,
)

MONTH = timedelta(days=30)
IN_FORCE = Exists(AssetVersion.objects.filter(asset=OuterRef("pk"), state=VersionState.PUBLISHED))


def _keeps(asker: Asker) -> Q:
    """Return the condition on standards that the person owns; for the PMO, those without an
    owner."""
    return asker.named("owner") | asker.holding(ProcessAsset, {Role.PMO}, vacant=vacant("owner"))


def _publishes(asker: Asker) -> Q:
    """Return the condition on versions of standards that the person owns (for the PMO, those
    without an owner) and did not write."""
    ownerless = vacant("asset__owner")
    owns = asker.named("asset__owner") | asker.holding(AssetVersion, {Role.PMO}, vacant=ownerless)
    return owns & ~asker.has_part(AssetVersion)


def _agrees(asker: Asker) -> Q:
    """Return the condition on tailoring records of projects whose limits the person sets, where
    they neither proposed them nor lead the project. Only the PMO agrees to waive a mandatory
    standard."""
    waived = Q(answer=TailoringAnswer.WAIVED, asset_version__asset__mandatory=True)
    limits = asker.holding(
        TailoringRecord, LIMITERS, vacant=vacant("project__programme__programme_manager")
    )
    pmo = asker.holding(TailoringRecord, {Role.PMO}, vacant=Q(pk__isnull=False))
    condition = ~waived & limits | waived & pmo
    return condition & ~asker.has_part(TailoringRecord)


def _validates(asker: Asker) -> Q:
    """Return the condition on lessons of projects and programmes whose limits the person sets and
    that they did not write."""
    leads = vacant("project__programme__programme_manager", "programme__programme_manager")
    limits = asker.holding(Lesson, LIMITERS, vacant=leads)
    return limits & ~asker.has_part(Lesson)


RULES = (
    Rule(
        "standard_review_due", "Standards due for review", ProcessAsset, "process-assets",
        who="its owner, or the PMO where nobody owns it",
        waits=Q(review_on__isnull=False) & Q(IN_FORCE), asks=_keeps,
        due="review_on", ahead=MONTH, code="code", called="title", does="Review it", lasting=True,
    ),
    Rule(
        "version_to_publish", "Standards to publish", AssetVersion, "asset-versions",
        who="the owner of the standard, or the PMO, who did not write it",
        waits=Q(state=VersionState.IN_REVIEW), asks=_publishes,
        code="asset__code", called="asset__title", verb="publication",
    ),
    Rule(
        "tailoring_to_agree", "Tailoring to agree to", TailoringRecord, "tailoring-records",
        who="the programme manager and the SRO, who neither proposed it nor lead the project; the"
        " PMO where a mandatory standard is waived",
        waits=Q(state=TailoringState.PROPOSED), asks=_agrees,
        code="asset_version__asset__code", called=F("asset_version__asset__title"),
        verb="agreement",
    ),
    Rule(
        "lesson_to_validate", "Lessons to validate", Lesson, "lessons",
        who="the programme manager and the SRO, or else the PMO, who did not write it",
        waits=Q(state=LessonState.SUBMITTED), asks=_validates,
        code="code", called="title", verb="validation",
    ),
)  # fmt: skip
