"""Ranges and chances of programmes over REST: read-only, each with an ETag."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter
from pmhub.api.records import API
from pmhub.api.revalidation import revalidated
from pmhub.rounding import rounded
from pmhub.text import in_order
from programmes import queries
from programmes.api.moving import MOMENT, PastViewSet, known_at
from programmes.models import Programme
from programmes.queries import uncertainty
from programmes.queries.forecasts import open_forecasts
from programmes.rollup.uncertainty import VIEWS, matrix_of
from programmes.serializers.ranges import (
    BenefitRangeSerializer,
    FinishRangeSerializer,
    RiskDistributionSerializer,
    RiskMatrixSerializer,
    TornadoSerializer,
)
from projects.risk import DEFAULT_BANDS, severity
from projects.simulation import Finish, Range, Swing

MOST_PROJECTS = 100
MISSED = "mean_outside_four_standard_errors"
INDEPENDENT = Decimal(0)


def _loading_parameter(default: str) -> OpenApiParameter:
    return OpenApiParameter(
        "loading",
        OpenApiTypes.FLOAT,
        description="How strongly risks of a category follow their shared cause, 0 to 1; by"
        f" default {default}. 0 is the basis of the figures `risk_p50`, `risk_p80` and `risk_p90`",
    )


SET = _loading_parameter("what the portfolio's thresholds set (`risk_cause_loading`)")
NONE = _loading_parameter("0")

# What a programme's facts leave open, as an answer; everything is read as it is, or was.
Told = Callable[[Request, Programme, uncertainty.Stamp], dict[str, Any]]


class ProgrammeRanges(PastViewSet):
    """What a programme's facts leave open."""

    @extend_schema(responses=RiskDistributionSerializer, parameters=[SET, MOMENT])
    @action(detail=True, url_path="risk-distribution")
    @revalidated
    def risk_distribution(self, request: Request, pk: str) -> Any:
        """The exposure: percentiles of independent risks, and simulated with shared causes."""
        return self.answer(_distribution, {"loading"})

    @extend_schema(responses=TornadoSerializer, parameters=[NONE, MOMENT])
    @action(detail=True, url_path="tornado")
    @revalidated
    def tornado(self, request: Request, pk: str) -> Any:
        """Which risks and projects make the exposure as uncertain as it is."""
        return self.answer(_tornado, {"loading"})

    @extend_schema(responses=FinishRangeSerializer, parameters=[MOMENT])
    @action(detail=True, url_path="finish-range")
    @revalidated
    def finish_range(self, request: Request, pk: str) -> Any:
        """When the programme and its projects finish, risks pushed through dependencies."""
        return self.answer(_finish_range)

    @extend_schema(responses=BenefitRangeSerializer, parameters=[MOMENT])
    @action(detail=True, url_path="benefit-range")
    @revalidated
    def benefit_range(self, request: Request, pk: str) -> Any:
        """What the benefits will have brought, with what confidence."""
        return self.answer(_benefit_range)

    @extend_schema(responses=RiskMatrixSerializer, parameters=[MOMENT])
    @action(detail=True, url_path="risk-matrix")
    @revalidated
    def risk_matrix(self, request: Request, pk: str) -> Any:
        """How many risks lie in each cell: inherent and residual, threats and opportunities."""
        return self.answer(_risk_matrix)

    def answer(self, told: Told, known: Collection[str] = ()) -> dict[str, Any]:
        """What a function tells of the programme, at the moment that is asked for."""
        check_known(self.request, {"as_of", *known})
        with self.then() as (programme, at):
            data = told(self.request, programme, uncertainty.stamp(programme, at))
        return {**data, **known_at(at)}


def _distribution(request: Request, programme: Programme, at: uncertainty.Stamp) -> dict[str, Any]:
    loading = _loading(request, uncertainty.study(at).loading)
    found = uncertainty.exposure(at, loading)
    names = ("mean", "sd", "p50", "p80", "p90")
    stored = queries.rollup(programme, [f"risk_{name}" for name in names])
    return {
        **_answered(programme, at),
        "loading": float(loading),
        "causes": [
            {"cause": cause, "risks": number} for cause, number in uncertainty.causes(at).items()
        ],
        "basis": _basis(loading),
        "exact": {
            **{name: _money(stored.value(f"risk_{name}")) for name in names},
            "p_no_cost": uncertainty.exposure(at, INDEPENDENT).none,
        },
        "simulated": _simulated(found),
        "p_no_cost": found.none,
        "curve": _curve(found),
    }


def _tornado(request: Request, programme: Programme, at: uncertainty.Stamp) -> dict[str, Any]:
    loading = _loading(request, INDEPENDENT)
    found = uncertainty.tornado(at, loading)
    base = request.build_absolute_uri("/") + API
    study = uncertainty.study(at)
    risks = {
        risk.code: (estimate.title, f"{base}risks/{risk.id}/") for risk, estimate in study.counted
    }
    owners = {each.code: (each.name, f"{base}projects/{each.id}/") for each in study.facts.projects}
    owners[programme.code] = (programme.name, f"{base}programmes/{programme.pk}/")
    return {
        **_answered(programme, at),
        "loading": float(loading),
        "basis": _basis(loading),
        "p80": _money(found.total.p80),
        "risks": [_swing(each, risks) for each in found.risks],
        "rest_of_risks": found.rest_of_risks and _swing(found.rest_of_risks, {}),
        "projects": [_swing(each, owners) for each in found.owners],
        "rest_of_projects": found.rest_of_owners and _swing(found.rest_of_owners, {}),
    }


def _finish_range(request: Request, programme: Programme, at: uncertainty.Stamp) -> dict[str, Any]:
    found = uncertainty.finish(at)
    study = uncertainty.study(at)
    data: dict[str, Any] = {
        "as_of": programme.portfolio.as_of,
        "loading": float(study.loading),
        "unplaced": uncertainty.unplaced(at),
    }
    if isinstance(found, str):
        nothing = dict.fromkeys(("draws", "accepted", "programme"))
        return {**data, **nothing, "reason": found, "total": 0, "projects": []}
    base = request.build_absolute_uri("/") + API
    names = ("finish_baseline", "finish_declared", "finish_propagated")
    stored = queries.rollup(programme, names)
    last = sorted(
        found.projects.items(),
        key=lambda each: (-each[1].p80.toordinal(), in_order(study.projects[each[0]].code)),
    )
    positions = open_forecasts(id for id, _ in last[:MOST_PROJECTS])
    return {
        **data,
        "draws": found.draws,
        "accepted": found.accepted,
        "reason": None if found.accepted else MISSED,
        "programme": _finish(found.programme, *(stored.value(name) for name in names)),
        "total": len(last),
        "projects": [
            {
                "id": id,
                "code": study.projects[id].code,
                "name": study.projects[id].name,
                "url": f"{base}projects/{id}/",
                **_finish(each, *_dates(study.projects[id], positions.get(id))),
                "sets_finish": each.sets_finish,
            }
            for id, each in last[:MOST_PROJECTS]
        ],
    }


def _benefit_range(request: Request, programme: Programme, at: uncertainty.Stamp) -> dict[str, Any]:
    found = uncertainty.outturn(at)
    names = {
        "realised": "benefits_actual_to_date",
        "forecast_outturn": "benefits_forecast_outturn",
        "confidence_weighted": "benefits_confidence_weighted",
    }
    stored = queries.rollup(programme, names.values())
    return {
        **_answered(programme, at),
        **{name: _money(stored.value(metric)) for name, metric in names.items()},
        "simulated": _simulated(found),
        "curve": _curve(found),
    }


def _risk_matrix(request: Request, programme: Programme, at: uncertainty.Stamp) -> dict[str, Any]:
    risks = uncertainty.register(at)
    return {
        "as_of": programme.portfolio.as_of,
        "probability_bounds": [float(each) for each in DEFAULT_BANDS.probability],
        "impact_bounds": [float(each) for each in DEFAULT_BANDS.impact_pct],
        "matrices": [
            _matrix(risks, kind, view) for kind in ("threat", "opportunity") for view in VIEWS
        ],
    }


def _loading(request: Request, default: Decimal) -> Decimal:
    given = request.query_params.get("loading")
    if given is None:
        return default
    try:
        loading = Decimal(given)
    except InvalidOperation:
        raise parameter("loading", "invalid", "Give a number between 0 and 1.") from None
    if not loading.is_finite() or not 0 <= loading <= 1:
        raise parameter("loading", "invalid", "Give a number between 0 and 1.")
    return round(loading, 3)  # as many answers to keep, no more


def _basis(loading: Decimal) -> str:
    return "shared_causes" if loading else "independent"


def _answered(programme: Programme, at: uncertainty.Stamp) -> dict[str, Any]:
    portfolio = programme.portfolio
    return {
        "as_of": uncertainty.study(at).programme.portfolio.as_of,
        "currency": portfolio.currency,
        "scale": portfolio.money_unit,
    }


def _money(value: Decimal | float | None) -> Decimal | None:
    return None if value is None else rounded(Decimal(value), 2) + 0  # no negative zero


def _simulated(found: Range) -> dict[str, Any]:
    names = ("mean", "sd", "standard_error", "analytic_mean", "p10", "p50", "p80", "p90")
    return {
        "draws": found.draws,
        **{name: _money(getattr(found, name)) for name in names},
        "accepted": found.accepted,
        "reason": None if found.accepted else MISSED,
    }


def _curve(found: Range) -> list[dict[str, Any]]:
    return [{"value": _money(value), "share": share} for value, share in found.curve]


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


def _dates(project: Any, forecast: Any) -> tuple[date | None, date | None, date | None]:
    baseline = project.baseline.finish if project.baseline else None
    return baseline, project.declared_finish, forecast.finishes_on if forecast else None


def _finish(
    found: Finish, baseline: date | None, declared: date | None, propagated: date | None
) -> dict[str, Any]:
    names = ("p10", "p50", "p80", "p90", "meets_baseline", "meets_declared")
    return {
        "baseline": baseline,
        "declared": declared,
        "propagated": propagated,
        **{name: getattr(found, name) for name in names},
    }


def _matrix(risks: Any, kind: str, view: str) -> dict[str, Any]:
    counts, unrated = matrix_of(risks, kind, view)
    return {
        "kind": kind,
        "view": view,
        "unrated": unrated,
        "cells": [
            {
                "probability": probability,
                "impact": impact,
                "score": probability * impact,
                "severity": severity(probability * impact),
                "risks": number,
            }
            for (probability, impact), number in counts.items()
        ],
    }
