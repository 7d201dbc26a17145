"""Ranges and chances of programmes over REST: read-only, each with an ETag."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter_problem
from pmhub.api.resources import API
from pmhub.api.revalidation import revalidated
from pmhub.rounding import rounded
from programmes import queries
from programmes.api.as_of import CLOCKS, PastViewSet
from programmes.api.figure_json import known_at
from programmes.models import Programme
from programmes.queries import ranges as simulated
from programmes.queries.forecasts import open_forecasts
from programmes.rollup.ranges.costs import OpenCost
from programmes.rollup.ranges.study import INDEPENDENT
from programmes.rollup.risk_matrix import Matrix
from programmes.serializers.ranges import (
    BenefitRangeSerializer,
    CostRangeSerializer,
    FinishRangeSerializer,
    RiskDistributionSerializer,
    RiskMatrixSerializer,
    TornadoSerializer,
)
from projects.bands import Bands
from projects.risk import severity
from projects.simulation import Finish, Range, Swing

MISSED = "mean_outside_four_standard_errors"
NO_BOUNDS = "no_bounds"


def _loading_parameter(default: str) -> OpenApiParameter:
    return OpenApiParameter(
        "loading",
        OpenApiTypes.FLOAT,
        description="How strongly risks of a category follow their shared cause, 0 to 1; by"
        f" default {default}. 0 is the basis of the figures `risk_p50`, `risk_p80` and `risk_p90`",
    )


SET = _loading_parameter("what the portfolio's thresholds set (`risk_cause_loading`)")
NONE = _loading_parameter("0")


@dataclass(frozen=True, slots=True)
class RangesRequest:
    """A request for the ranges of a programme, with these ranges and the key under which they are
    cached."""

    request: Request
    programme: Programme
    stamp: simulated.Stamp
    ranges: simulated.Parts

    @property
    def base(self) -> str:
        """Return where the addresses of the API begin."""
        return self.request.build_absolute_uri("/") + API


# What a programme's facts leave open, as an answer; everything is read as it is, or was.
Describe = Callable[[RangesRequest], dict[str, Any]]


class ProgrammeRanges(PastViewSet):
    """What a programme's facts leave open."""

    @extend_schema(responses=RiskDistributionSerializer, parameters=[SET, *CLOCKS])
    @action(detail=True, url_path="risk-distribution")
    @revalidated
    def risk_distribution(self, request: Request, pk: str) -> Any:
        """The exposure: percentiles of independent risks, and simulated with shared causes."""
        return self.answer(_distribution, {"loading"})

    @extend_schema(responses=TornadoSerializer, parameters=[NONE, *CLOCKS])
    @action(detail=True, url_path="tornado")
    @revalidated
    def tornado(self, request: Request, pk: str) -> Any:
        """Return which risks and projects make the exposure uncertain."""
        return self.answer(_tornado, {"loading"})

    @extend_schema(responses=FinishRangeSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="finish-range")
    @revalidated
    def finish_range(self, request: Request, pk: str) -> Any:
        """Return when the programme and its projects finish, with the delays of risks passed on by
        dependencies."""
        return self.answer(_finish_range)

    @extend_schema(responses=BenefitRangeSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="benefit-range")
    @revalidated
    def benefit_range(self, request: Request, pk: str) -> Any:
        """Return the simulated outturn of benefits."""
        return self.answer(_benefit_range)

    @extend_schema(responses=CostRangeSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="cost-range")
    @revalidated
    def cost_range(self, request: Request, pk: str) -> Any:
        """Return the simulated cost of the programme, within the bounds that its projects and lines
        give."""
        return self.answer(_cost_range)

    @extend_schema(responses=RiskMatrixSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="risk-matrix")
    @revalidated
    def risk_matrix(self, request: Request, pk: str) -> Any:
        """Return how many risks lie in each cell: inherent and residual, threats and
        opportunities."""
        return self.answer(_risk_matrix)

    def answer(self, describe: Describe, allowed: Collection[str] = ()) -> dict[str, Any]:
        """Return the answer of one of the functions below, about the programme at the moment of the
        request."""
        check_known(self.request, {"as_of", "on", *allowed})
        with self.then() as (programme, at):
            data = describe(
                RangesRequest(self.request, programme, *simulated.ranges_at(programme, at))
            )
        return {**data, **known_at(at)}


def _distribution(query: RangesRequest) -> dict[str, Any]:
    ranges = query.ranges
    loading = _loading(query.request, ranges.loading)
    exposure = simulated.exposure(query.stamp, ranges, loading)
    names = ("mean", "sd", "p50", "p80", "p90")
    stored = queries.rollup(query.programme, [f"risk_{name}" for name in names])
    return {
        **_answered(query),
        "loading": float(loading),
        "causes": [{"cause": cause, "risks": number} for cause, number in ranges.causes],
        "basis": _basis(loading),
        "exact": {
            **{name: _money(stored.value(f"risk_{name}")) for name in names},
            "p_no_cost": ranges.independent.none,
        },
        "simulated": _simulated(exposure),
        "p_no_cost": exposure.none,
        "curve": _curve(exposure),
    }


def _tornado(query: RangesRequest) -> dict[str, Any]:
    loading = _loading(query.request, INDEPENDENT)
    tornado, named, owning = simulated.tornado(query.stamp, query.ranges, loading)
    titles = simulated.titles_of_risks(named.values())
    names = simulated.names_of_projects(owning.values())
    programme, base = query.programme, query.base
    risks = {code: (titles.get(id, ""), f"{base}risks/{id}/") for code, id in named.items()}
    owners = {code: (names.get(id, ""), f"{base}projects/{id}/") for code, id in owning.items()}
    owners.setdefault(programme.code, (programme.name, f"{base}programmes/{programme.pk}/"))
    return {
        **_answered(query),
        "loading": float(loading),
        "basis": _basis(loading),
        "p80": _money(tornado.total.p80),
        "risks": [_swing(risk, risks) for risk in tornado.risks],
        "rest_of_risks": tornado.rest_of_risks and _swing(tornado.rest_of_risks, {}),
        "projects": [_swing(owner, owners) for owner in tornado.owners],
        "rest_of_projects": tornado.rest_of_owners and _swing(tornado.rest_of_owners, {}),
    }


def _finish_range(query: RangesRequest) -> dict[str, Any]:
    finish = query.ranges.finish
    data: dict[str, Any] = {
        "as_of": query.programme.portfolio.as_of,
        "loading": float(query.ranges.loading),
        "unplaced": query.ranges.unplaced,
    }
    if isinstance(finish, str):
        nothing = dict.fromkeys(("draws", "accepted", "programme"))
        return {**data, **nothing, "reason": finish, "total": 0, "projects": []}
    names = ("finish_baseline", "finish_declared", "finish_propagated")
    stored = queries.rollup(query.programme, names)
    called = simulated.names_of_projects(row.id for row in finish.last)
    positions = open_forecasts(row.id for row in finish.last)
    return {
        **data,
        "draws": finish.draws,
        "accepted": finish.accepted,
        "reason": None if finish.accepted else MISSED,
        "programme": _finish(finish.programme, *(stored.value(name) for name in names)),
        "total": finish.total,
        "projects": [
            {
                "id": row.id,
                "code": row.code,
                "name": called.get(row.id, ""),
                "url": f"{query.base}projects/{row.id}/",
                **_finish(row.finish, row.baseline, row.declared, _computed(positions.get(row.id))),
                "sets_finish": row.finish.sets_finish,
            }
            for row in finish.last
        ],
    }


def _benefit_range(query: RangesRequest) -> dict[str, Any]:
    outturn = query.ranges.outturn
    names = {
        "realised": "benefits_actual_to_date",
        "forecast_outturn": "benefits_forecast_outturn",
        "confidence_weighted": "benefits_confidence_weighted",
    }
    stored = queries.rollup(query.programme, names.values())
    return {
        **_answered(query),
        **{name: _money(stored.value(metric)) for name, metric in names.items()},
        "simulated": _simulated(outturn),
        "curve": _curve(outturn),
    }


def _cost_range(query: RangesRequest) -> dict[str, Any]:
    cost = query.ranges.cost
    names = (
        "approved_budget", "total_approved", "actual_cost", "estimate_at_completion",
        "total_forecast",
    )  # fmt: skip
    stored = queries.rollup(query.programme, names)
    widest = cost.widest if cost else ()
    projects = simulated.names_of_projects(row.id for row in widest if not row.is_line)
    lines = simulated.kinds_of_lines(row.id for row in widest if row.is_line)
    return {
        **_answered(query),
        **{name: _money(stored.value(name)) for name in names},
        "reason": None if cost else NO_BOUNDS,
        "simulated": _simulated(cost.total) if cost else None,
        "curve": _curve(cost.total) if cost else [],
        "total": cost.open if cost else 0,
        "projects": [
            _open_cost(row, projects, f"{query.base}projects/") for row in widest if not row.is_line
        ],
        "lines": [
            _open_cost(row, lines, f"{query.base}programme-lines/") for row in widest if row.is_line
        ],
    }


def _open_cost(row: OpenCost, names: Mapping[int, str], base: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "name": names.get(row.id, ""),
        "url": f"{base}{row.id}/",
        **{end: _money(getattr(row, end)) for end in ("low", "likely", "high")},
        "share": row.share,
    }


def _risk_matrix(query: RangesRequest) -> dict[str, Any]:
    bands = query.programme.portfolio.rules_of(Bands)
    return {
        "as_of": query.programme.portfolio.as_of,
        "probability_bounds": [float(bound) for bound in bands.probability],
        "impact_bounds": [float(bound) for bound in bands.impact_pct],
        "matrices": [_matrix(matrix, bands) for matrix in query.ranges.matrices],
    }


def _loading(request: Request, default: Decimal) -> Decimal:
    given = request.query_params.get("loading")
    if given is None:
        return default
    try:
        loading = Decimal(given)
    except InvalidOperation:
        raise parameter_problem("loading", "invalid", "Give a number between 0 and 1.") from None
    if not loading.is_finite() or not 0 <= loading <= 1:
        raise parameter_problem("loading", "invalid", "Give a number between 0 and 1.")
    return round(loading, 3)  # as many answers to keep, no more


def _basis(loading: Decimal) -> str:
    return "shared_causes" if loading else "independent"


def _answered(query: RangesRequest) -> dict[str, Any]:
    portfolio = query.programme.portfolio
    return {
        "as_of": query.ranges.as_of,
        "currency": portfolio.currency,
        "scale": portfolio.money_unit,
    }


def _money(value: Decimal | float | None) -> Decimal | None:
    return None if value is None else rounded(Decimal(value), 2) + 0  # no negative zero


def _simulated(spread: Range) -> dict[str, Any]:
    names = ("mean", "sd", "standard_error", "analytic_mean", "p10", "p50", "p80", "p90")
    return {
        "draws": spread.draws,
        **{name: _money(getattr(spread, name)) for name in names},
        "accepted": spread.accepted,
        "reason": None if spread.accepted else MISSED,
    }


def _curve(spread: Range) -> list[dict[str, Any]]:
    return [{"value": _money(value), "share": share} for value, share in spread.curve]


def _swing(swing: Swing, names: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    title, url = names.get(swing.code, (None, None))
    return {
        "code": swing.code or None,
        "title": title,
        "url": url,
        "risks": swing.number,
        "expected_value": _money(swing.expected_value),
        "p10": _money(swing.p10),
        "p90": _money(swing.p90),
        "swing": _money(swing.p90 - swing.p10),
        "share": swing.share,
        "p80_without": _money(swing.p80_without),
        "p80_effect": _money(swing.p80_effect),
    }


def _computed(forecast: Any) -> date | None:
    return forecast.finishes_on if forecast else None


def _finish(
    finish: Finish, baseline: date | None, declared: date | None, propagated: date | None
) -> dict[str, Any]:
    names = ("p10", "p50", "p80", "p90", "meets_baseline", "meets_declared")
    return {
        "baseline": baseline,
        "declared": declared,
        "propagated": propagated,
        **{name: getattr(finish, name) for name in names},
    }


def _matrix(matrix: Matrix, bands: Bands) -> dict[str, Any]:
    return {
        "kind": matrix.kind,
        "view": matrix.view,
        "unrated": matrix.unrated,
        "cells": [
            {
                "probability": probability,
                "impact": impact,
                "score": probability * impact,
                "severity": severity(probability * impact, bands),
                "risks": number,
            }
            for (probability, impact), number in matrix.cells.items()
        ],
    }
