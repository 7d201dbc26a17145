"""What the page of a business case shows beside its fields: what comes next, its options, and how
it stands now."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from pmhub import formats
from pmhub.access import can
from pmhub.database.past import is_past
from pmhub.page_addresses import address_of
from programmes import queries
from programmes.appraisal import BANDS, bcr
from programmes.models import BusinessCase, CaseState, valid
from programmes.models.case.states import KNOWN
from programmes.models.justification import next_stage
from programmes.queries.approvers import deciders_of
from programmes.queries.cases import (
    CaseStanding,
    WeighedOption,
    case_standings,
    compared,
    why_passed,
)
from programmes.services.cases import missing_for_submission
from projects.models import ProjectForecast

COMPARED = (
    "case_npsv_now", "case_npsv_change", "case_bcr_now", "benefits_forecast_present_value",
    "case_costs_present_value", "risk_mean",
)  # fmt: skip


def next_steps(case: BusinessCase, request: Any) -> dict[str, Any] | None:
    """Return the next steps of a case: what a draft lacks, who decides about a submitted case, why
    a case was rejected, and which cases can begin as a copy of it. Nothing for the past."""
    if is_past():
        return None
    writes = can(request.user, "write", case)
    draft, rejected = case.is_draft, case.state == CaseState.REJECTED
    lacks = missing_for_submission(case, compared([case.pk])[case.pk]) if draft else {}
    return {
        "case": case,
        "lacks": [(LACKS.get(name, name.capitalize()), *lacks[name]) for name in lacks],
        "deciders": deciders_of(case) if case.state == CaseState.SUBMITTED else [],
        "rejected_by": rejected and (getattr(case.updated_by, "person", None) or case.updated_by),
        "begins": [*_beginnings(case)] if writes and not draft else [],
        "continuations": _continuations(case, request.user),
    }


# What a draft lacks, where that is not called as its field is.
LACKS = {"state": "Options", "preferred_option": "Preferred option"}


def _beginnings(case: BusinessCase) -> Iterator[tuple[str, str]]:
    """Yield (what to do, address of the form) for each case that can begin as a copy of this
    one."""
    stage = next_stage(case.kind) if case.state in KNOWN else None
    wanted = [(str(stage), "Start the next stage from this")] if stage else []
    if case.state != CaseState.SUBMITTED:
        wanted.append((case.kind, "Write another version from this"))
    form = address_of("new-record", "business-cases")
    place = {case.place._meta.model_name: case.place.pk, "begun_from": case.pk}
    for kind, does in wanted:
        copied = copy.copy(case)
        copied.kind = kind
        if not why_passed(copied):
            yield does, f"{form}?{urlencode({**place, 'kind': copied.kind})}"


def _continuations(case: BusinessCase, user: Any) -> list[BusinessCase]:
    """Return the cases that began as copies of one, as far as the user sees them."""
    return list(BusinessCase.objects.visible_to(user).filter(begun_from=case).order_by("pk"))


def options(case: BusinessCase, request: Any) -> dict[str, Any] | None:
    """Return the options side by side; None while there is none."""
    table = compared([case.pk])[case.pk]
    if not table.options:
        return None
    best = (
        ("Highest value", table.highest_npsv),
        ("Highest ratio", table.highest_bcr),
    )
    return {
        "rows": [_row(option, case, best) for option in table.options],
        "unit": case.owner_portfolio,
        "flows": f"{address_of('register', 'case-flows')}?view=grid&case={case.pk}",
    }


def _row(weighed: WeighedOption, case: BusinessCase, best: Any) -> dict[str, Any]:
    tags = [words for words, row in best if row is not None and row.pk == weighed.row.pk]
    preferred = ["Preferred"] if weighed.row.pk == case.preferred_option_id else []
    return {
        "id": weighed.row.pk,
        "code": weighed.row.code,
        "title": weighed.row.title,
        "kind": weighed.row.get_kind_display(),
        "tags": [*preferred, *tags],
        "npsv": weighed.npsv,
        "bcr": formats.ratio(weighed.bcr, bounds=BANDS),
        "band": (weighed.value_for_money or "").capitalize(),
        "payback": weighed.payback,
        "benefits": weighed.worth and weighed.worth.pv_benefits,
        "costs": weighed.worth and weighed.worth.pv_costs,
        "unrated": weighed.unrated,
        "bias": weighed.option.bias,
        "rank": weighed.rank,
    }


def current_figures(case: BusinessCase, request: Any) -> dict[str, Any] | None:
    """Return the approved figures of a case beside the present ones; None unless it is the case in
    force of a programme or a standalone project."""
    standing = case_standings([case.pk]).get(case.pk)
    if standing is None:
        return None
    approved = bcr(
        case.benefits_present_value or Decimal(0), case.costs_present_value or Decimal(0)
    ).value
    figures = {"stands": standing, "bcr": approved, "unit": case.owner_portfolio}
    if case.programme:
        metrics = queries.rollup(case.programme, COMPARED).metrics
        return {**figures, "programme": case.programme, "m": metrics}
    return {**figures, "alone": _alone(case, standing)}


def _alone(case: BusinessCase, standing: CaseStanding) -> dict[str, Any]:
    """Return the present figures of the case of a standalone project, from its forecast."""
    rows = ProjectForecast.objects.filter(valid(), project=case.project)
    stored = (rows.values_list("figures__case", flat=True).first() or {}) if standing.now else {}
    costs, risk = (Decimal(stored[name]) if stored else None for name in ("costs", "risk"))
    spent = None if costs is None or risk is None else costs + risk
    return {
        "benefits": case.benefits_present_value,
        "costs": costs,
        "risk": risk,
        "bcr": spent and bcr(case.benefits_present_value or Decimal(0), spent).value,
        "explained": address_of("project-explain", case.project_id, "estimate_at_completion"),
    }
