"""`GET /calendar/`: the dated events of records, also as a file for calendar programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request

from pmhub.api.calendar_files import Ics
from pmhub.api.filtering import check_parameters
from pmhub.api.problems import parameter_problem
from pmhub.api.table_files import TABLES, Table, table_answer, wants_table
from pmhub.api.waiting import WaitingPlaceSerializer
from pmhub.models import Person
from pmhub.numerals import whole_number
from pmhub.queries.calendar import BY_NAME, KINDS, CalendarQuery, Entry, calendar
from pmhub.queries.time_zones import usual_zone, zone_of, zone_of_place
from pmhub.table_formats import FORMATS
from programmes.api.as_of import CLOCKS
from programmes.models import Portfolio, Programme
from programmes.queries.clocks import BadClock, read_by, requested_clock

AHEAD, LONGEST = 365, 1100  # days: the default and the longest period
IDS: dict[str, Any] = {"portfolio": Portfolio, "programme": Programme, "person": Person}
COLUMNS = (
    "on", "kind", "event", "type", "id", "code", "title", "place", "programme", "done", "late",
    "html_url",
)  # fmt: skip


class CalendarSerializer(serializers.Serializer):
    """An event `on` a day: the record `type` and `id`, the `event` and its `kind`. It is `late` if
    it is not `done` and the status date of its portfolio is after that day."""

    on = serializers.DateField()
    kind = serializers.ChoiceField(list(KINDS))
    event = serializers.ChoiceField(list(BY_NAME))
    event_title = serializers.CharField()
    type = serializers.CharField()
    id = serializers.IntegerField()
    code = serializers.CharField(allow_blank=True)
    title = serializers.CharField(allow_blank=True)
    url = serializers.URLField()
    html_url = serializers.URLField()
    place = WaitingPlaceSerializer(allow_null=True)
    programme = serializers.IntegerField(allow_null=True)
    done = serializers.BooleanField()
    late = serializers.BooleanField()


class CalendarViewSet(viewsets.GenericViewSet):
    """Gates, reviews, meetings of boards, measurements, due dates and expiry dates of all records
    that the user may see: the earliest first, at most 1,000 of each event."""

    serializer_class = CalendarSerializer
    metadata_class = None
    filter_backends = ()
    renderer_classes = (*TABLES, Ics)

    def read(self, entries: list[Entry], start: int, stop: int) -> list[dict[str, Any]]:
        """The rows of a window."""
        base = self.request.build_absolute_uri("/")
        return [_as_row(entry, base) for entry in entries[start:stop]]

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, description="The first day; else today"),
            OpenApiParameter(
                "to", OpenApiTypes.DATE, description=f"The last day; else {AHEAD} days later"
            ),
            OpenApiParameter("kind", enum=list(KINDS)),
            *(OpenApiParameter(name, OpenApiTypes.INT) for name in IDS),
            *CLOCKS,
            OpenApiParameter("format", enum=["json", *FORMATS, "ics"]),
        ],
        filters=False,
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """A page of the calendar, or a file of all entries."""
        check_parameters(
            request, {"page", "page_size", "format", "from", "to", "kind", "as_of", "on", *IDS}
        )
        query = query_of(request)
        with self.then(request, query):
            entries = calendar(request.user, query)
        if wants_table(request):
            rows = [_line(row) for row in self.read(entries, 0, len(entries))]
            return table_answer(request, Table("calendar", COLUMNS, rows))
        return self.get_paginated_response(self.paginate_queryset(entries))

    @staticmethod
    @contextmanager
    def then(request: Request, query: CalendarQuery) -> Iterator[None]:
        """Read the data as of the moment that the request asks for, in the time zone of the
        portfolio that it asks about, or else of the first in sight; raises a 400 problem for a
        malformed moment."""
        zone = zone_of_place(query.portfolio, query.programme) or usual_zone(request.user)
        try:
            with read_by(requested_clock(request.query_params, zone)):
                yield
        except BadClock as error:
            raise parameter_problem(error.name, error.code, error.detail) from None


def query_of(request: Request) -> CalendarQuery:
    """Return the query for the entries that a request asks for; raises a 400 problem."""
    ids = {name: _number(request, name) for name in IDS}
    first = _day(request, "from") or _today(request, ids)
    last = _day(request, "to") or first + timedelta(AHEAD)
    if not first <= last <= first + timedelta(LONGEST):
        detail = f"Give a day from {first} to {first + timedelta(LONGEST)}."
        raise parameter_problem("to", "out_of_range", detail)
    kind = request.query_params.get("kind", "")
    if kind and kind not in KINDS:
        raise parameter_problem("kind", "invalid_choice", f"Choose one of: {', '.join(KINDS)}.")
    return CalendarQuery(first, last, kind, **ids)


def _today(request: Request, ids: dict[str, int | None]) -> date:
    """Return the present day where the portfolio is that is asked about, or else where the reader
    is."""
    zone = zone_of_place(ids["portfolio"], ids["programme"]) or zone_of(request.user)
    return timezone.now().astimezone(ZoneInfo(zone)).date()


def _day(request: Request, name: str) -> date | None:
    """Return the day in a parameter; None where it is not given."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise parameter_problem(name, "invalid", "Give a day such as 2026-11-30.") from None
    if not 1900 <= day.year <= 2200:
        raise parameter_problem(name, "out_of_range", "Give a day from 1900 to 2200.")
    return day


def _number(request: Request, name: str) -> int | None:
    """Return the id in a parameter, of a record that the user may see; None where it is not
    given."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    number = whole_number(text)
    if number is None:
        raise parameter_problem(name, "invalid", f"Give the id of a {name}.")
    if not IDS[name].objects.visible_to(request.user).filter(pk=number).exists():
        raise parameter_problem(name, "invalid_choice", f"Give the id of a {name} that there is.")
    return number


def _as_row(entry: Entry, base: str) -> dict[str, Any]:
    dated, place = entry.dated, None
    if entry.place:
        place = dict(zip(("type", "id", "code", "title"), entry.place, strict=True))
    return {
        "on": entry.on,
        "kind": dated.kind,
        "event": dated.name,
        "event_title": dated.title,
        "type": dated.collection,
        "id": entry.id,
        "code": entry.code,
        "title": entry.called,
        "url": f"{base}api/v1/{dated.collection}/{entry.id}/",
        "html_url": f"{base.rstrip('/')}{entry.page}",
        "place": place,
        "programme": entry.programme,
        "done": entry.done,
        "late": entry.late,
    }


def _line(row: dict[str, Any]) -> list[Any]:
    place = row["place"] and row["place"]["code"]
    return [{**row, "event": row["event_title"], "place": place}[name] for name in COLUMNS]
