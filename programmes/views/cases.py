"""What the page of a business case shows beside its fields: its options, and how it stands now."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pmhub.addresses import address_of
from programmes import queries
from programmes.appraisal import bcr
from programmes.models import BusinessCase
from programmes.queries.cases import Weighed, compared, standing

COMPARED = (
    "case_npsv_now", "case_npsv_change", "case_bcr_now", "benefits_forecast_present_value",
    "costs_present_value", "risk_mean",
)  # fmt: skip


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


def _row(each: Weighed, case: BusinessCase, best: Any) -> dict[str, Any]:
    tags = [words for words, row in best if row is not None and row.pk == each.row.pk]
    preferred = ["Preferred"] if each.row.pk == case.preferred_option_id else []
    return {
        "id": each.row.pk,
        "code": each.row.code,
        "title": each.row.title,
        "kind": each.row.get_kind_display(),
        "tags": [*preferred, *tags],
        "npsv": each.npsv,
        "bcr": each.bcr,
        "band": (each.value_for_money or "").capitalize(),
        "payback": each.option.payback(),
        "benefits": each.found.pv_benefits,
        "costs": each.found.pv_costs,
        "bias": each.option.bias,
        "rank": each.rank,
    }


def now(case: BusinessCase, request: Any) -> dict[str, Any] | None:
    """Return what was approved against what figures come to now; None of another than the approved
    case of a programme."""
    stands = standing([case.pk]).get(case.pk)
    if stands is None or case.programme is None:
        return None
    return {
        "stands": stands,
        "programme": case.programme,
        "m": queries.rollup(case.programme, COMPARED).metrics,
        "bcr": bcr(
            case.benefits_present_value or Decimal(0), case.costs_present_value or Decimal(0)
        ).value,
        "unit": case.programme.portfolio,
    }
