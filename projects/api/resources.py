"""Resources over REST: their capacity, their allocations and their load by month."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from pmhub.api.parameters import check_known
from pmhub.api.problems import parameter_problem
from pmhub.api.records import RecordViewSet
from pmhub.api.revalidation import revalidated
from projects import capacity, queries
from projects.filters import (
    AllocationFilter,
    ResourceCapacityFilter,
    ResourceFilter,
)
from projects.models import Project, Resource
from projects.serializers.resources import (
    AllocationSerializer,
    LoadSerializer,
    ResourceCapacitySerializer,
    ResourceSerializer,
)

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


MONTHS, MOST_MONTHS = 12, 120


class AllocationViewSet(RecordViewSet):
    """Allocations."""

    serializer_class = AllocationSerializer
    filterset_class = AllocationFilter
    ordering_fields = ("id", "units", "starts_on", "ends_on", "updated_at")
    expandable = ("resource", "project")


class ResourceCapacityViewSet(RecordViewSet):
    """Periods in which there is more or less of a resource than usual."""

    serializer_class = ResourceCapacitySerializer
    filterset_class = ResourceCapacityFilter
    ordering_fields = ("id", "period_start", "capacity", "updated_at")
    expandable = ("resource",)


class ResourceViewSet(RecordViewSet):
    """Resources."""

    serializer_class = ResourceSerializer
    filterset_class = ResourceFilter
    search_fields = ("code", "name")
    ordering_fields = ("id", "code", "name", "capacity", "updated_at")
    expandable = ("portfolio", "owner", "organisation_unit")

    @extend_schema(
        responses=LoadSerializer,
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, description="Any day of the first month"),
            OpenApiParameter("months", OpenApiTypes.INT, description=f"1 to {MOST_MONTHS}"),
        ],
        filters=False,
    )
    @action(detail=True, url_path="load", filterset_class=None, pagination_class=None)
    @revalidated
    def load(self, request: Request, pk: str) -> Any:
        """Demand for the resource and its capacity, month by month. Projects that the user may not
        see are only counted."""
        check_known(request, {"from", "months"})
        resource = self.get_object()
        first, months = _first_month(request, resource), _months(request)
        loads = capacity.monthly_load(
            resource.capacity,
            queries.bookings(resource),
            first,
            months,
            queries.capacities(resource),
        )
        return {
            "resource": resource.pk,
            "unit": resource.unit,
            "months": _months_shown(loads, request),
        }


def _first_month(request: Request, resource: Resource) -> date:
    text = request.query_params.get("from")
    if text is None:
        return resource.portfolio.as_of.replace(day=1)
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2190:
        raise parameter_problem("from", "invalid", "Give a day as YYYY-MM-DD.")
    return day.replace(day=1)


def _months(request: Request) -> int:
    text = request.query_params.get("months", str(MONTHS))
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_MONTHS:
        raise parameter_problem("months", "invalid", f"Give a number from 1 to {MOST_MONTHS}.")
    return int(text)


def _months_shown(loads: list[capacity.Month], request: Request) -> list[dict[str, Any]]:
    ids = {project for month in loads for project in month.projects}
    base = request.build_absolute_uri("/")
    visible = {
        pk: {"id": pk, "code": code, "name": name, "url": f"{base}api/v1/projects/{pk}/"}
        for pk, code, name in Project.objects.visible_to(request.user)
        .filter(pk__in=ids)
        .values_list("pk", "code", "name")
    }
    return [
        {
            "month": load.month,
            "demand": queries.units(load.demand),
            "capacity": queries.units(load.capacity),
            "over": queries.units(load.over),
            "utilisation": None if load.utilisation is None else float(load.utilisation),
            "reason": load.reason,
            "projects": [visible[pk] for pk in load.projects if pk in visible],
            "hidden_projects": sum(pk not in visible for pk in load.projects),
        }
        for load in loads
    ]
