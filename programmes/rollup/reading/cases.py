"""Reads approved business cases: of programmes, and of projects that stand alone."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from pmhub.database.statements import IDS, Statement
from programmes.appraisal import Schedule
from programmes.models import BusinessCase, CaseState
from programmes.models.justification import REACH
from programmes.rollup.facts import CaseFacts

TOLD = (
    "id", "npsv", "benefits_present_value", "costs_present_value", "base_year",
    "discount_schedule", "discount_rate",
)  # fmt: skip


def _of(place: str) -> Statement:
    return Statement(
        lambda: (
            BusinessCase._base_manager.filter(**{f"{place}__in": [IDS]}, state=CaseState.APPROVED)
            .order_by(REACH)
            .values_list(place, *TOLD)
        )
    )


CASES = {place: _of(place) for place in ("programme_id", "project_id")}


def approved_cases(place: str, ids: Iterable[int]) -> dict[int, CaseFacts]:
    """Return by programme or project (`place`) its approved case of the furthest stage: the
    statement gives that one last."""
    return {id: _facts(*columns) for id, *columns in CASES[place]([*ids])}


def _facts(
    id: int,
    npsv: Decimal,
    benefits: Decimal,
    costs: Decimal,
    base_year: int,
    schedule: str,
    rate: Decimal | None,
) -> CaseFacts:
    """Return the facts of a case, with the discounting of its submission where that is stored."""
    says = schedule and not (schedule == Schedule.FIXED and rate is None)
    discounting = (base_year, Schedule(schedule), rate) if says else None
    return CaseFacts(id, npsv, benefits, costs, discounting)
