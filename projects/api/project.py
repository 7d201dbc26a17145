"""Projects, their baselines and outputs."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from django.db import IntegrityError
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub import permissions
from pmhub.access import Withheld, roles_on
from pmhub.access.giving import allow_giving
from pmhub.api.appointments import PostsViewSet
from pmhub.api.archiving import ArchivableViewSet
from pmhub.api.effects import effect
from pmhub.api.parameters import check_known
from pmhub.api.records import RecordViewSet
from pmhub.api.representations import Row
from pmhub.api.revalidation import revalidated
from pmhub.models import Person
from pmhub.rounding import rounded
from pmhub.serializers import check_may_write_here
from pmhub.serializers.verbs import Reasoned
from programmes.api.as_of import CLOCKS
from programmes.api.closing import ClosureView
from programmes.api.project_figures import ProjectFigures
from programmes.models import Portfolio
from programmes.queries import project_forecast
from projects import queries
from projects.api.creation import CopyViewSet
from projects.api.event_cycles import circle
from projects.api.reorganisation import ProjectReorganisation
from projects.api.updates import UpdatesView
from projects.evm import indices
from projects.filters import BaselineFilter, OutputFilter, ProjectFilter
from projects.models import Project
from projects.serializers.forecast import ForecastSerializer
from projects.serializers.project import (
    BaselineSerializer,
    ComputedDatesSerializer,
    OutputSerializer,
    ProjectSerializer,
)
from projects.services import computed_dates
from projects.services.date_adoption import ComputedDates

OUTSIDER = (
    "They hold no role in this portfolio: ask the programme manager or the PMO to hand it to them."
)
AMOUNTS = ("bac", "pv", "ev", "ac", "eac", "eac_cpi", "approved_budget", "budget_released")
RATIOS = ("cpi", "spi")
SEEN = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description='The ETag, such as "v7"',
)


class ProjectViewSet(
    UpdatesView,
    ArchivableViewSet,
    PostsViewSet,
    CopyViewSet,
    ClosureView,
    ProjectFigures,
    ProjectReorganisation,
):
    """Projects."""

    serializer_class = ProjectSerializer
    filterset_class = ProjectFilter
    search_fields = ("code", "name", "objective")
    ordering_fields = (
        "id", "code", "name", "stage", "status", "complexity", "forecast_start",
        "forecast_finish", "actual_start", "actual_finish", "percent_complete",
        "estimate_to_complete", "declared_on", "updated_at",
    )  # fmt: skip
    expandable = ("programme", "portfolio", "tranche", "discipline", "project_manager", "executive")
    reads = {"_as_of": "as_of"}
    seen = True
    dangerous = (*PostsViewSet.dangerous, "succession")
    alone = ("copies",)
    changing_figures = True

    @staticmethod
    def portfolio_of(record: Project) -> Portfolio:
        """Return the portfolio of the project's programme, or its own where it stands alone."""
        return record.owner_portfolio

    @staticmethod
    def figures(queryset: QuerySet) -> QuerySet:
        """Add figures that come from finer records, such as budget lines and baselines."""
        return queries.with_figures(queryset)

    def finish(self, rows: list[Row]) -> None:
        """Add the planned value on the status date from the profile of the current baseline; it
        rises no more after a termination."""
        for row in rows:
            profile = row["planned_value"] and orjson.loads(row["planned_value"])
            until = min(row["_as_of"], row["terminated_on"] or row["_as_of"])
            row["planned_value"] = queries.planned_value(profile, until)

    @extend_schema(responses=ForecastSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="forecast")
    @revalidated
    def forecast(self, request: Request, pk: str) -> Any:
        """Where the project stands, as computed: dates, earned value, health."""
        check_known(request, {"as_of", "on"})
        with self.then(early=True) as (project, at):
            forecast = project_forecast(project, at)
            return _forecast(forecast, project.owner_portfolio.currency, at)

    @extend_schema(responses=ComputedDatesSerializer, parameters=[*CLOCKS])
    @action(detail=True, url_path="computed-dates")
    @revalidated
    def computed_dates(self, request: Request, pk: str) -> Any:
        """The computed dates that adopting would declare, beside those declared now."""
        check_known(request, {"as_of", "on"})
        with self.then(early=True) as (project, _):
            return _computed(computed_dates(project))

    @extend_schema(request=Reasoned, responses=ProjectSerializer, parameters=[SEEN])
    @computed_dates.mapping.post
    @effect
    def adopt(self, request: Request, pk: str) -> Response:
        """Declare the computed dates of all future events of the project, and of the deliveries
        that it has promised without a milestone; nothing else changes."""
        self.refuse_parameters()
        answer: Response = self.do(pk, self.verbs()["computed-dates"])
        return answer

    def allow_verb(self, project: Project, noun: str, data: Mapping[str, Any]) -> None:
        """Refuse a move unless the user may write projects both here and there, whatever their role
        on this project; refuse a successor whom they may not ask."""
        if noun == "succession":
            self._allow_successor(project, data["successor"])
        if noun == "move":
            there = copy.copy(project)
            there.programme = data["to_programme"]
            there.portfolio = None if there.programme else project.owner_portfolio
            for place in (project, there):
                check_may_write_here(self.request.user, place)

    def _allow_successor(self, project: Project, successor: Person) -> None:
        """Raise Withheld where the user may not ask this person to manage the project: whoever may
        give the role of its manager asks anybody, themself only where they may give it to themself;
        its manager asks only people of its portfolio."""
        user, role = self.request.user, permissions.Role.PROJECT_MANAGER
        if permissions.may_give(roles_on(user, project), role):
            if successor.user_id == user.pk:
                allow_giving(user, project, role, to=[successor.pk], field="successor")
            return
        colleagues = Person.objects.with_a_part_in(project.owner_portfolio)
        if successor.user and not colleagues.filter(pk=successor.pk).exists():
            raise Withheld("successor", OUTSIDER)


def _computed(computed: ComputedDates) -> dict[str, Any]:
    rows: dict[str, Any] = {"milestones": computed.milestones, "promises": computed.promises}
    return {
        "start": computed.start and asdict(computed.start),
        "finish": computed.finish and asdict(computed.finish),
        **{
            name: [{"id": row.pk, "code": row.code, **asdict(day)} for row, day in days]
            for name, days in rows.items()
        },
    }


def _forecast(forecast: dict[str, Any], currency: str, at: datetime | None) -> dict[str, Any]:
    """Return the forecast for the answer: amounts with two decimals, ratios as numbers, and the
    reasons why figures are missing."""
    data = {**forecast, "currency": currency}
    if at is not None:
        data["known_at"] = at
    for name in AMOUNTS:
        if data[name] is not None:
            data[name] = rounded(Decimal(data[name]), 2)
    for name in RATIOS:
        data[name] = None if data[name] is None else float(data[name])
    data["reasons"] = dict(_undefined(data, "not_computed_then" if at else "not_computed_yet"))
    return data


def _undefined(data: dict[str, Any], never: str) -> Iterator[tuple[str, str]]:
    """Yield the names of undefined figures, each with the code of the reason that the metrics of
    programmes use too; `never` is the reason where nothing was computed."""
    if data["computed_at"] is None:
        yield from ((name, never) for name in (*RATIOS, "eac"))
        return
    if data["eac"] is None:
        yield "eac", "no_forecast"
    ratios = indices(*(data[name] for name in ("bac", "pv", "ev", "ac")))
    yield from ((name, ratio.reason) for name, ratio in ratios.items() if ratio.reason)


class BaselineViewSet(RecordViewSet):
    """Baselines."""

    serializer_class = BaselineSerializer
    filterset_class = BaselineFilter
    search_fields = ("reason",)
    ordering_fields = ("id", "number", "approved_on", "starts_on", "finishes_on", "updated_at")
    expandable = ("project",)

    def explain(self, row: Any, error: IntegrityError) -> Exception | None:
        """Name the circle of events that the plan would close."""
        return circle(error, self.request.user, "starts_on")


class OutputViewSet(RecordViewSet):
    """Outputs."""

    serializer_class = OutputSerializer
    filterset_class = OutputFilter
    search_fields = ("code", "title")
    ordering_fields = ("id", "code", "planned_on", "forecast_on", "accepted_on", "updated_at")
    expandable = ("project", "accepted_by")
