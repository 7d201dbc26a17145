"""Parameters of derived resources: a past moment, a period, a metric, a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from pmhub.api.problems import parameter_problem
from pmhub.api.records import RecordViewSet
from pmhub.api.table_files import FILES, FORMAT
from pmhub.serializers.jobs import JobSerializer
from programmes import queries
from programmes.models import Portfolio
from programmes.queries import NoMoment
from programmes.queries.clocks import KNOWN, TRUE, BadClock, read_by, requested_clock
from programmes.rollup.spans import Period

MOMENT = OpenApiParameter(
    "as_of",
    OpenApiTypes.STR,
    description="A past moment (RFC 3339), or a day: its end in the portfolio's time zone."
    " What was known then.",
)
ON = OpenApiParameter(
    "on",
    OpenApiTypes.DATE,
    description="A past day: what was true then, by what is known today. What carries a day counts"
    " by that day, the rest is as it stood when the day ended. Not together with `as_of`.",
)
CLOCKS = [MOMENT, ON]
FROM = OpenApiParameter("from", OpenApiTypes.STR, required=True, description=MOMENT.description)
TO = OpenApiParameter("to", OpenApiTypes.STR, description="A later moment; now, if left out")
# What an explanation may be asked with.
EXPLAINING = [
    OpenApiParameter("metric", OpenApiTypes.STR, OpenApiParameter.PATH), *CLOCKS, FORMAT,
]  # fmt: skip


def past_moment(request: Request, portfolio: Portfolio, name: str = "as_of") -> datetime | None:
    """Return the past moment of a parameter; None where it is not given. Raises a 400 problem."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return queries.moment(text, portfolio.time_zone)
    except NoMoment as error:
        raise parameter_problem(name, error.code, error.detail) from None


def bridging(metrics: Collection[str]) -> list[OpenApiParameter]:
    """Return the parameters of a bridge of one of these metrics, for the schema."""
    return [
        OpenApiParameter("metric", OpenApiTypes.STR, required=True, enum=sorted(metrics)),
        FROM,
        TO,
        FORMAT,
    ]


def table_schema(shape: type[Serializer]) -> dict[tuple[int, str], Any]:
    """Return the responses of an answer that is JSON of this shape or a table, for the schema; a
    table of many rows is made by a job."""
    files = {
        (200, renderer.media_type): OpenApiTypes.STR if renderer.charset else OpenApiTypes.BINARY
        for renderer in FILES
    }
    return {
        (200, "application/json"): shape,
        **files,
        (202, "application/json"): JobSerializer,
    }


def requested_metric(request: Request, allowed: Collection[str]) -> str:
    """Return the metric of the query, one of those allowed; raises a 400 problem."""
    metric = request.query_params.get("metric")
    if metric is None:
        raise parameter_problem("metric", "required", "Name a metric.")
    if metric not in allowed:
        raise parameter_problem("metric", "invalid_choice", "There is no such metric.")
    return metric


def period_of(request: Request, portfolio: Portfolio) -> Period:
    """Return the period of the query, `from` and `to`; raises a 400 problem."""
    begin = past_moment(request, portfolio, "from")
    if begin is None:
        raise parameter_problem("from", "required", "Give a moment, or a day.")
    end = past_moment(request, portfolio, "to") or timezone.now()
    if begin >= end:
        raise parameter_problem("from", "not_before", "The beginning must come before the end.")
    return Period(begin, end)


def asks_past(request: Request) -> bool:
    """Return whether the request is for the past, by either clock."""
    return not {KNOWN, TRUE}.isdisjoint(request.query_params)


@contextmanager
def read_past(
    request: Request, portfolio: Portfolio, *records: Any
) -> Iterator[tuple[datetime | None, str]]:
    """Within the context, let all reads be of the past for which a request asks, with figures of
    these records. The value is the moment, None for now, and the name of the parameter. Raises a
    400 problem."""
    # What is given empty is no moment.
    parameters = {name: str(text) or " " for name, text in request.query_params.items()}
    try:
        at, on = requested_clock(parameters, portfolio.time_zone)
        with read_by((at, on), *records):
            yield at, TRUE if on else KNOWN
    except BadClock as error:
        raise parameter_problem(error.name, error.code, error.detail) from None


class PastViewSet(RecordViewSet):
    """Records of which one may ask how they were: `?as_of=`, or `?on=`."""

    asked = ("as_of", "on")

    @extend_schema(parameters=[*CLOCKS])
    def retrieve(self, request: Request, pk: str) -> Response:
        """One record, as it is or was."""
        if not asks_past(request):
            return super().retrieve(request, pk)
        with self.then():
            return super().retrieve(request, pk)

    @staticmethod
    def portfolio_of(record: Any) -> Portfolio:
        """Return the portfolio in whose time zone a day ends for the record."""
        portfolio: Portfolio = record.portfolio
        return portfolio

    @contextmanager
    def then(self, *, early: bool = False) -> Iterator[tuple[Any, datetime | None]]:
        """Within the context, let all reads be of the past for which the request asks. The value is
        the record as it was, and the moment, None for now.

        Raises a 400 problem for a text that is no moment of the past, and for a moment at which the
        record did not exist; with `early`, the record is then the present one.
        """
        record = self.get_object()
        with read_past(self.request, self.portfolio_of(record), record) as (at, name):
            if at is not None:
                record = self._then(record, name, early=early)
            yield record, at

    def _then(self, record: Any, name: str, *, early: bool) -> Any:
        try:
            return self.get_object()
        except Http404:
            if early:
                return record
            detail = "It was not there yet, or was no part of what you may see."
            raise parameter_problem(name, "not_there_then", detail) from None
