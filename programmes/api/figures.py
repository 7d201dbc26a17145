"""The derived figures of programmes: read-only, each with an ETag that is checked first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter_problem
from pmhub.api.revalidation import answered, not_modified, revalidated, shared_answer
from pmhub.api.table_files import TABLES, table_answer, wants_table
from programmes import queries
from programmes.api.as_of import (
    CLOCKS,
    EXPLAINING,
    PastViewSet,
    asks_past,
    bridging,
    period_of,
    requested_metric,
    table_schema,
)
from programmes.api.explanation import explanation_json, metric_of
from programmes.api.figure_json import bridge_json, figure_value, known_at, past_members, reference
from programmes.api.tables import bridge_table, lines_table
from programmes.models import Programme
from programmes.rollup.metrics import BY_NAME
from programmes.serializers.figures import (
    BridgeSerializer,
    ExplanationSerializer,
    RollupSerializer,
    SeriesSerializer,
)

SERIES = ["benefits", *BY_NAME]


class ProgrammeFigures(PastViewSet):
    """The figures, their explanation, and what the pictures draw."""

    @extend_schema(responses=RollupSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="rollup")
    def rollup(self, request: Request, pk: str) -> Response:
        """Every figure of the programme."""
        check_known(request, {"as_of", "on"})
        base = request.build_absolute_uri("/")
        if asks_past(request):
            with self.then(early=True) as (programme, at):
                return answered(request, _figures(queries.rollup(programme, at=at), base))
        stamp = queries.validator(int(pk), request.user)
        if stamp is None:
            raise Http404
        # Before the content: it may be older than that, never newer.
        tag, now = stamp

        def make() -> dict[str, Any]:
            return _figures(queries.rollup(self.get_object(), known=now), base)

        return shared_answer(
            request, tag, make, is_current=lambda: queries.validator(int(pk), request.user) == stamp
        )

    @extend_schema(
        responses=table_schema(ExplanationSerializer),
        parameters=EXPLAINING,
    )
    @action(detail=True, url_path="rollup/(?P<metric>[a-z0-9_]{1,60})", renderer_classes=TABLES)
    def explanation(self, request: Request, pk: str, metric: str) -> Response:
        """Return why a figure is what it is: the lines it sums, or the formula and its inputs."""
        check_known(request, {"as_of", "on", "format"})
        file = wants_table(request)
        with self.then(early=True) as (programme, at):
            now = None if at or file else queries.freshness_of(programme.pk)
            tag = _tag(programme, now)
            if unchanged := not_modified(request, etag=tag):
                return unchanged
            try:
                basis = queries.explanation(programme, metric, request.user, at, now)
            except KeyError:
                raise NotFound("There is no such metric.") from None
        if file:
            return table_answer(request, lines_table(basis))
        data = explanation_json(basis, request.build_absolute_uri("/"))
        return answered(request, data, tag)

    @extend_schema(
        responses=SeriesSerializer,
        parameters=[
            OpenApiParameter("metric", OpenApiTypes.STR, enum=SERIES, default="benefits"), *CLOCKS,
        ],
    )  # fmt: skip
    @action(detail=True, url_path="series")
    @revalidated
    def series(self, request: Request, pk: str) -> Any:
        """`benefits`: planned, forecast and realised by fiscal year. Any metric: its value over
        time, the latest thousand changes of it, or of those before `as_of`."""
        check_known(request, {"metric", "as_of", "on"})
        metric = request.query_params.get("metric", "benefits")
        if metric not in SERIES:
            raise parameter_problem("metric", "invalid_choice", "There is no such series.")
        with self.then(early=metric in BY_NAME) as (programme, at):
            if metric in BY_NAME:
                return _history(programme, metric, at)
            series = queries.realisation_series(programme)
        return {"metric": metric, **series, **known_at(at), "points": []}

    @extend_schema(
        responses=table_schema(BridgeSerializer),
        parameters=bridging(BY_NAME),
    )
    @action(detail=True, url_path="bridge", renderer_classes=TABLES)
    def bridge(self, request: Request, pk: str) -> Response:
        """Return what moved a figure between two moments: parts that sum to the difference
        exactly."""
        check_known(request, {"metric", "from", "to", "format"})
        programme = self.get_object()
        metric = requested_metric(request, BY_NAME)
        bridge = queries.bridge(
            programme, metric, period_of(request, programme.portfolio), request.user
        )
        if wants_table(request):
            return table_answer(request, bridge_table(bridge))
        return answered(request, bridge_json(bridge, request.build_absolute_uri("/")))


def _figures(figures: queries.Rollup, base: str) -> dict[str, Any]:
    programme = figures.programme
    return {
        "programme": reference(programme, base),
        "state": figures.state,
        "as_of": figures.as_of,
        **past_members(figures),
        "computed_at": figures.computed_at,
        "failed_since": figures.failed_since,
        "next_attempt": figures.next_attempt,
        "currency": programme.portfolio.currency,
        "money_unit": programme.portfolio.money_unit,
        "coverage": {
            "covered": figures.covered,
            "missing": figures.missing,
            "stale": figures.stale,
            "hidden": 0,  # whoever sees a programme sees all its projects
        },
        "metrics": {name: metric_of(reading, figures) for name, reading in figures.metrics.items()},
    }


def _history(programme: Programme, name: str, at: datetime | None) -> dict[str, Any]:
    unit, portfolio = BY_NAME[name].unit, programme.portfolio
    return {
        "metric": name,
        "unit": unit,
        "currency": portfolio.currency,
        "scale": portfolio.money_unit,
        "as_of": None,
        "periods": [],
        "points": [
            {
                "at": point.since,
                "value": figure_value(point.value, unit),
                "reason": point.reason or None,
            }
            for point in queries.history(programme, name, at)
        ],
    }


def _tag(programme: Programme, now: queries.Freshness | None) -> str:
    """Return an ETag that changes with the figures and with what is said beside them."""
    return queries.tagged(now, programme.version, programme.portfolio.version) if now else ""
