"""The verbs of checks of outputs: recording the result, and waiving by name."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from pmhub.models import User
from pmhub.services import judge_of, person_of, turn
from projects.models import QualityRecord
from projects.models.quality import NOT_ITS_MANAGER
from projects.services.codes import code_beside


@transaction.atomic
def record_quality(record: QualityRecord, *, noun: str, by: User | None, **said: Any) -> Any:
    """Record the result of a check, with the user as the checker."""
    return turn(record, noun=noun, by=by, checked_by=person_of(by), **said)


@transaction.atomic
def waive_quality(record: QualityRecord, *, by: User | None, **said: Any) -> QualityRecord:
    """Waive a check, so that its output can be accepted without it. The manager of the project may
    not do so."""
    judge = judge_of(record, "result", "waives a check", by, own=NOT_ITS_MANAGER)
    return turn(record, noun="waiver", by=by, checked_by=judge, **said)


def next_quality_code(record: QualityRecord) -> str:
    """Return the code after those of the checks in the same place."""
    return code_beside(record, ("output",), "QC01")
