"""The derived figures of programmes: read-only, each with an ETag that is checked first."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.problems import parameter
from pmhub.api.records import API, RecordViewSet, check_known
from pmhub.api.revalidation import answered, held, revalidated
from programmes import queries
from programmes.models import Programme
from programmes.queries import ExplainedLine, Explanation, Reading, Rollup, Source
from programmes.serializers.figures import (
    ExplanationSerializer,
    RoadmapSerializer,
    RollupSerializer,
    SeriesSerializer,
)

CENT = Decimal("0.01")
WHOLE = ("count", "days")
COLLECTIONS = {
    "project": "projects",
    "programme": "programmes",
    "programmeline": "programme-lines",
    "contingencymovement": "contingency-movements",
    "benefit": "benefits",
    "risk": "risks",
}
SERIES = ("benefits",)


class ProgrammeFigures(RecordViewSet):
    """The figures, their explanation, and what the pictures draw."""

    @extend_schema(responses=RollupSerializer)
    @action(detail=True, url_path="rollup")
    def rollup(self, request: Request, pk: str) -> Response:
        """Every figure of the programme."""
        check_known(request, set())
        programme = self.get_object()
        tag = _tag(programme)  # before the content: it may be older than that, never newer
        if unchanged := held(request, etag=tag):
            return unchanged
        figures = queries.rollup(programme)
        base = request.build_absolute_uri("/")
        data = {
            "programme": _reference(programme, base),
            "state": figures.state,
            "as_of": figures.as_of,
            "computed_at": figures.computed_at,
            "failed_since": figures.failed_since,
            "currency": programme.portfolio.currency,
            "money_unit": programme.portfolio.money_unit,
            "coverage": {
                "covered": figures.covered,
                "missing": figures.missing,
                "stale": figures.stale,
                "hidden": 0,  # whoever sees a programme sees all its projects
            },
            "metrics": {
                name: _metric(reading, figures) for name, reading in figures.metrics.items()
            },
        }
        return answered(request, data, tag)

    @extend_schema(
        responses=ExplanationSerializer,
        parameters=[OpenApiParameter("metric", OpenApiTypes.STR, OpenApiParameter.PATH)],
    )
    @action(detail=True, url_path="rollup/(?P<metric>[a-z0-9_]{1,60})")
    def explanation(self, request: Request, pk: str, metric: str) -> Response:
        """Why a figure is what it is: the lines it sums, or the formula and its inputs."""
        check_known(request, set())
        programme = self.get_object()
        tag = _tag(programme)  # before the content: it may be older than that, never newer
        if unchanged := held(request, etag=tag):
            return unchanged
        try:
            found = queries.explanation(programme, metric, request.user)
        except KeyError:
            raise NotFound("There is no such metric.") from None
        data = _explained(found, request.build_absolute_uri("/"))
        return answered(request, data, tag)

    @extend_schema(
        responses=SeriesSerializer,
        parameters=[OpenApiParameter("metric", OpenApiTypes.STR, enum=SERIES, default="benefits")],
    )
    @action(detail=True, url_path="series")
    @revalidated
    def series(self, request: Request, pk: str) -> Any:
        """Planned, forecast and realised benefits by fiscal year."""
        check_known(request, {"metric"})
        metric = request.query_params.get("metric", "benefits")
        if metric not in SERIES:
            raise parameter("metric", "invalid_choice", f"Choose one of: {', '.join(SERIES)}.")
        return {"metric": metric, **queries.realisation_series(self.get_object())}

    @extend_schema(responses=RoadmapSerializer)
    @action(detail=True, url_path="roadmap")
    @revalidated
    def roadmap(self, request: Request, pk: str) -> Any:
        """What the tracks draw."""
        check_known(request, set())
        data = queries.roadmap(self.get_object(), request.user)
        for track in data["projects"]:
            track["html_url"] = request.build_absolute_uri(track["html_url"])
        return data


def _tag(programme: Programme) -> str:
    """Changes with the figures, and with what is said beside them."""
    stored = queries.rollup_etag(programme.pk).strip('"')
    return f"{stored}-{programme.version}-{programme.portfolio.version}"


def _reference(programme: Programme, base: str) -> dict[str, Any]:
    return {
        "id": programme.pk,
        "code": programme.code,
        "name": programme.name,
        "url": f"{base}{API}programmes/{programme.pk}/",
        "html_url": f"{base}programmes/{programme.pk}/",
    }


def shown(value: Any, unit: str) -> Any:
    """A value in the form of its unit: money as text, ratios and counts as numbers."""
    if not isinstance(value, Decimal):
        return value
    if unit == "money":
        return value.quantize(CENT)
    if unit in WHOLE and value == value.to_integral_value():
        return int(value)
    return float(value)


def _figure(reading: Reading, currency: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": reading.name,
        "label": reading.label,
        "unit": reading.unit,
        "value": shown(reading.value, reading.unit),
    }
    if reading.unit == "money":
        data["currency"] = currency
    if reading.reason:
        data["reason"] = reading.reason
    return data


def _metric(reading: Reading, figures: Rollup, hidden: int = 0) -> dict[str, Any]:
    metric = reading.metric
    data = _figure(reading, figures.programme.portfolio.currency)
    if metric.aggregate is not None:
        data["aggregate"] = metric.aggregate
    else:
        data |= {"formula": metric.formula, "inputs": list(metric.inputs)}
    for name in ("dimensions", "reasons"):
        if name in reading.detail:
            data[name] = reading.detail[name]
    return {
        **data,
        "computed_at": figures.computed_at,
        "state": figures.state,
        "coverage": {
            "included": reading.included,
            "excluded": reading.excluded,
            "missing": reading.missing,
            "hidden": hidden,
        },
    }


def _explained(found: Explanation, base: str) -> dict[str, Any]:
    programme = found.rollup.programme
    reading = found.reading or _nothing_yet(found)
    data = _metric(reading, found.rollup, found.hidden)
    if found.metric.aggregate is None:
        address = f"{base}{API}programmes/{programme.pk}/rollup"
        data["inputs"] = [
            {**_figure(each, programme.portfolio.currency), "url": f"{address}/{each.name}/"}
            for each in found.inputs
        ]
    return {
        **data,
        "as_of": found.rollup.as_of,
        "programme": _reference(programme, base),
        "lines": [_line(line, found.metric.unit, base) for line in found.lines],
    }


def _nothing_yet(found: Explanation) -> Reading:
    """The figure before it was computed for the first time."""
    nothing: Mapping[str, Any] = {}
    return Reading(found.metric, None, "not_computed_yet", nothing, 0, 0, 0)


def _line(line: ExplainedLine, unit: str, base: str) -> dict[str, Any]:
    return {
        "source": _source(line.source, base),
        "value": shown(line.value, unit),
        "included": line.included,
        "reason": line.reason or None,
        "inputs": {} if line.source.hidden else line.inputs,
    }


def _source(source: Source, base: str) -> dict[str, Any]:
    if source.hidden:
        nothing = dict.fromkeys(("id", "code", "title", "url"))
        return {"type": source.type, **nothing, "hidden": True}
    return {
        "type": source.type,
        "id": source.id,
        "code": source.code,
        "title": source.title,
        "url": f"{base}{API}{COLLECTIONS[source.type]}/{source.id}/",
        "hidden": False,
    }
