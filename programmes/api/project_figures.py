"""The figures of a project, with explanation, series and bridge: read-only, of the past too."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.api.parameters import check_known
from pmhub.api.revalidation import answered, cached_answer, revalidated
from pmhub.api.table_files import TABLES, table_answer, wants_table
from programmes import queries
from programmes.api.as_of import (
    CLOCKS,
    EXPLAINING,
    PastViewSet,
    bridging,
    period_of,
    requested_metric,
    table_schema,
)
from programmes.api.explanation import explanation_json, metric_of
from programmes.api.figure_json import bridge_json, figure_value, known_at, owner_json, past_members
from programmes.api.tables import bridge_table, lines_table
from programmes.queries import ProjectExplanation, ProjectRollup
from programmes.rollup.metrics import OF_PROJECTS
from programmes.serializers.project_figures import (
    ProjectBridgeSerializer,
    ProjectExplanationSerializer,
    ProjectRollupSerializer,
    ProjectSeriesSerializer,
)


class ProjectFigures(PastViewSet):
    """What a project comes to."""

    @extend_schema(responses=ProjectRollupSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="rollup")
    @revalidated
    def rollup(self, request: Request, pk: str) -> Any:
        """Every figure of the project."""
        check_known(request, {"as_of", "on"})
        with self.then(early=True) as (project, at):
            figures = queries.project_rollup(project, at, counted=True)
            return _as_row(figures, request.build_absolute_uri("/"))

    @extend_schema(
        responses=table_schema(ProjectExplanationSerializer),
        parameters=EXPLAINING,
    )
    @action(detail=True, url_path="rollup/(?P<metric>[a-z0-9_]{1,60})", renderer_classes=TABLES)
    def explanation(self, request: Request, pk: str, metric: str) -> Response:
        """Return why a figure is what it is: the records that it sums, or the formula and its
        inputs."""
        check_known(request, {"as_of", "on", "format"})
        if metric not in OF_PROJECTS:
            raise NotFound("A project has no such metric.")
        if wants_table(request):
            return table_answer(request, lines_table(self.explained(metric)))
        base = request.build_absolute_uri("/")
        return cached_answer(
            request, "project explanation", lambda: _explained(self.explained(metric), base)
        )

    def explained(self, metric: str) -> ProjectExplanation:
        """Return a figure with the records that make it, now or at the past moment."""
        with self.then(early=True) as (project, at):
            return queries.project_explanation(project, metric, self.request.user, at)

    @extend_schema(
        responses=ProjectSeriesSerializer,
        parameters=[
            OpenApiParameter("metric", OpenApiTypes.STR, required=True, enum=sorted(OF_PROJECTS)),
            *CLOCKS,
        ],
    )
    @action(detail=True, url_path="series")
    @revalidated
    def series(self, request: Request, pk: str) -> Any:
        """A figure of the project over time: its latest changes, or those before `as_of`."""
        check_known(request, {"metric", "as_of", "on"})
        metric = OF_PROJECTS[requested_metric(request, OF_PROJECTS)]
        with self.then(early=True) as (project, at):
            points = queries.project_series(project, metric.name, at)
        portfolio = project.owner_portfolio
        return {
            "metric": metric.name,
            "unit": metric.unit,
            "currency": portfolio.currency,
            "scale": portfolio.money_unit,
            **known_at(at),
            "points": [
                {"at": since, "value": figure_value(value, metric.unit), "reason": reason or None}
                for since, value, reason in points
            ],
        }

    @extend_schema(
        responses=table_schema(ProjectBridgeSerializer),
        parameters=bridging(OF_PROJECTS),
    )
    @action(detail=True, url_path="bridge", renderer_classes=TABLES)
    def bridge(self, request: Request, pk: str) -> Response:
        """Return what moved a figure of the project between two moments: its records, whose parts
        sum to the difference exactly, each with who edited it, when, by which path and why."""
        check_known(request, {"metric", "from", "to", "format"})
        project = self.get_object()
        metric = requested_metric(request, OF_PROJECTS)
        period = period_of(request, project.owner_portfolio)
        bridge = queries.project_bridge(project, metric, period, request.user)
        if wants_table(request):
            return table_answer(request, bridge_table(bridge))
        return answered(request, bridge_json(bridge, request.build_absolute_uri("/")))


def _as_row(rollup: ProjectRollup, base: str) -> dict[str, Any]:
    readings, portfolio = rollup.metrics.values(), rollup.portfolio
    return {
        **owner_json(rollup.project, base),
        "state": rollup.state,
        "as_of": rollup.as_of,
        **past_members(rollup),
        "computed_at": rollup.computed_at,
        "currency": portfolio.currency,
        "money_unit": portfolio.money_unit,
        "coverage": {
            "covered": sum(reading.included for reading in readings),
            "missing": sum(reading.missing for reading in readings),
            "hidden": 0,  # whoever sees a project sees all its records
        },
        "metrics": {name: metric_of(metric, rollup) for name, metric in rollup.metrics.items()},
    }


def _explained(explanation: ProjectExplanation, base: str) -> dict[str, Any]:
    data = explanation_json(explanation, base)
    return {**data, "lines_reason": explanation.lacking} if explanation.lacking else data
