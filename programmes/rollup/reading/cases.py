"""Reads the approved business cases of programmes, and of projects that stand alone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import QuerySet

from pmhub.database.statements import IDS, Statement
from programmes.models import BusinessCase, CaseState
from programmes.models.justification import REACH
from programmes.rollup.facts import CaseFacts


def _approved(place: str) -> QuerySet[Any, Any]:
    """The approved cases of each place; that of the furthest stage is read last."""
    rows = BusinessCase._base_manager.filter(**{f"{place}__in": [IDS]}, state=CaseState.APPROVED)
    told = "id", "npsv", "benefits_present_value", "costs_present_value"
    return rows.order_by(REACH).values_list(place, *told)


OF_PROGRAMMES = Statement(partial(_approved, "programme_id"))
OF_PROJECTS = Statement(partial(_approved, "project_id"))


def of_programmes(ids: Iterable[int]) -> dict[int, CaseFacts]:
    """Return the approved case of the furthest stage of each programme."""
    return {id: CaseFacts(*told) for id, *told in OF_PROGRAMMES([*ids])}


def of_projects(ids: Iterable[int]) -> dict[int, CaseFacts]:
    """Return the same of projects that stand alone."""
    return {id: CaseFacts(*told) for id, *told in OF_PROJECTS([*ids])}
