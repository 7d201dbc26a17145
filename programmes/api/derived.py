"""Shapes that derived resources share: figures, sources, bridges, and both as tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from pmhub.api.jobs import JobSerializer
from pmhub.api.problems import parameter
from pmhub.api.records import API, RecordViewSet
from pmhub.api.tables import Cell, Csv, Table, Xlsx, flattened
from pmhub.past import as_at
from pmhub.rounding import rounded
from pmhub.scoped import ScopedRows
from pmhub.serializers.fields import lineage
from pmhub.statements import ID
from programmes import queries
from programmes.models import Portfolio
from programmes.queries import (
    Bridge,
    ExplainedLine,
    Explanation,
    NoMoment,
    Part,
    ProjectExplanation,
    ProjectRollup,
    Reading,
    Rollup,
    Source,
)
from programmes.rollup.spans import Period
from programmes.wording import in_words

WHOLE = ("count", "days")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
MOMENT = OpenApiParameter(
    "as_of",
    OpenApiTypes.STR,
    description="A past moment (RFC 3339), or a day: its end in the portfolio's time zone."
    " What was known then.",
)
FORMAT = OpenApiParameter("format", OpenApiTypes.STR, enum=["json", "csv", "xlsx"])
FROM = OpenApiParameter("from", OpenApiTypes.STR, required=True, description=MOMENT.description)
TO = OpenApiParameter("to", OpenApiTypes.STR, description="A later moment; now, if left out")
# What an explanation may be asked with.
EXPLAINING = [
    OpenApiParameter("metric", OpenApiTypes.STR, OpenApiParameter.PATH), MOMENT, FORMAT,
]  # fmt: skip
# What a difference is measured in, where that is not the unit of the figure.
DIFFERENCES = {"date": "days", "status": "levels"}


def past(request: Request, portfolio: Portfolio, name: str = "as_of") -> datetime | None:
    """The past moment that a parameter names, if it is given; raises a 400 problem."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return queries.moment(text, portfolio.time_zone)
    except NoMoment as error:
        raise parameter(name, error.code, error.detail) from None


def bridging(metrics: Collection[str]) -> list[OpenApiParameter]:
    """Return what a bridge of one of these metrics may be asked with, for the contract."""
    return [
        OpenApiParameter("metric", OpenApiTypes.STR, required=True, enum=sorted(metrics)),
        FROM,
        TO,
        FORMAT,
    ]


def tabled(shape: type[Serializer]) -> dict[tuple[int, str], Any]:
    """Return the responses of what is answered as JSON of this shape, or as a table: of many rows,
    by a job."""
    return {
        (200, "application/json"): shape,
        (200, Csv.media_type): OpenApiTypes.STR,
        (200, Xlsx.media_type): OpenApiTypes.BINARY,
        (202, "application/json"): JobSerializer,
    }


def metric_asked(request: Request, known: Collection[str]) -> str:
    """The metric that the query names, one of those known; raises a 400 problem."""
    metric = request.query_params.get("metric")
    if metric is None:
        raise parameter("metric", "required", "Name a metric.")
    if metric not in known:
        raise parameter("metric", "invalid_choice", "There is no such metric.")
    return metric


def period_of(request: Request, portfolio: Portfolio) -> Period:
    """From when to when, by the query; raises a 400 problem."""
    begin = past(request, portfolio, "from")
    if begin is None:
        raise parameter("from", "required", "Give a moment, or a day.")
    end = past(request, portfolio, "to") or timezone.now()
    if begin >= end:
        raise parameter("from", "not_before", "The beginning must come before the end.")
    return Period(begin, end)


class PastViewSet(RecordViewSet):
    """Records of which one may ask how they were: `?as_of=`."""

    asked = ("as_of",)

    @extend_schema(parameters=[MOMENT])
    def retrieve(self, request: Request, pk: str) -> Response:
        """One record, as it is or was."""
        if "as_of" not in request.query_params:
            return super().retrieve(request, pk)
        with self.then():
            return super().retrieve(request, pk)

    @classmethod
    @cache
    def rows(cls) -> ScopedRows[Any]:
        """The record of an id, with what decides about rights on it."""
        model = cls.serializer_class.Meta.model
        return ScopedRows(
            lambda reader: (
                model.objects.visible_to(reader)
                .filter(pk=ID)
                .order_by()
                .select_related(*lineage(model))
            )
        )

    def get_object(self) -> Any:
        """The record; raises Http404 where the user sees none."""
        for record in self.rows()(self.request.user, id=int(self.kwargs["pk"])):
            return record
        raise Http404

    @staticmethod
    def portfolio_of(record: Any) -> Portfolio:
        """The portfolio in whose time zone a day of the record ends."""
        found: Portfolio = record.portfolio
        return found

    @contextmanager
    def then(self, *, early: bool = False) -> Iterator[tuple[Any, datetime | None]]:
        """The record, and the moment of `as_of` if one is given: then the record is as it was, and
        so is all that is read within.

        Raises a 400 problem for what is no moment of the past, and for one at which the record was
        not there; with `early`, it is then as it is now.
        """
        record = self.get_object()
        at = past(self.request, self.portfolio_of(record))
        with as_at(at):
            if at is not None:
                try:
                    record = self.get_object()
                except Http404:
                    if not early:
                        detail = "It was not there yet, or was no part of what you may see."
                        raise parameter("as_of", "not_there_then", detail) from None
            yield record, at


def known_at(at: datetime | None) -> dict[str, Any]:
    """What an answer about the past says of its moment."""
    return {} if at is None else {"known_at": at}


def known(figures: Rollup | ProjectRollup) -> dict[str, Any]:
    """What an answer about the past says beside the figures."""
    if figures.at is None:
        return {}
    found = {"known_at": figures.at, "engine_version": figures.engine_version}
    return found if figures.metrics else {**found, "reason": "not_computed_then"}


def reference(record: Any, base: str, collection: str = "programmes") -> dict[str, Any]:
    """A programme, or a record of another collection that has pages, in short."""
    return {
        "id": record.id,
        "code": record.code,
        "name": record.name,
        "url": f"{base}{API}{collection}/{record.id}/",
        "html_url": f"{base}{collection}/{record.id}/",
    }


def owned(owner: Any, base: str) -> dict[str, Any]:
    """The programme or project that a figure is one of, under its name."""
    name = owner._meta.model_name
    return {name: reference(owner, base, f"{name}s")}


def shown(value: Any, unit: str) -> Any:
    """A value in the form of its unit: money as text, ratios and counts as numbers."""
    if not isinstance(value, Decimal):
        return value
    if unit == "money":
        return rounded(value, 2)
    if unit in (*WHOLE, "levels") and value == value.to_integral_value():
        return int(value)
    return float(value)


def figure(reading: Reading, currency: str) -> dict[str, Any]:
    """A figure with its name, unit and, where it is undefined, the reason."""
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


def source_of(source: Source, base: str) -> dict[str, Any]:
    """The record a line comes from; where the reader may not open it, what they are told of it."""
    there = not (source.hidden or source.gone)
    return {
        "type": source.type,
        "id": source.id if there else None,
        "code": source.code if there else source.code or None,
        "title": source.title if there else source.title or None,
        "url": f"{base}{API}{source.kind.collection}/{source.id}/" if there else None,
        "hidden": source.hidden,
        "contact": source.contact or None,
        "deliverable": source.deliverable or None,
    }


# Bridges


def bridged(found: Bridge, base: str) -> dict[str, Any]:
    """A bridge with its parts, the largest first."""
    metric, owner = found.metric, found.owner
    unit = DIFFERENCES.get(metric.unit, str(metric.unit))
    data: dict[str, Any] = {
        **owned(owner, base),
        "metric": metric.name,
        "label": metric.label,
        "unit": metric.unit,
        "from": found.period.begin,
        "to": found.period.end,
        "before": _end(found.before),
        "after": _end(found.after),
        "difference": shown(found.difference, unit),
        "difference_unit": unit,
    }
    if metric.unit == "money":
        data["currency"] = found.portfolio.currency
    if found.reason:
        data["reason"] = found.reason
    return {
        **data,
        "hidden": found.hidden,
        "parts": [_part(part, str(metric.unit), unit, base) for part in found.parts],
    }


def _end(reading: Reading | None) -> dict[str, Any]:
    if reading is None:
        return {"value": None, "reason": "not_computed_then", "computed_at": None}
    return {
        "value": shown(reading.value, reading.unit),
        "reason": reading.reason or None,
        "computed_at": reading.since,
    }


def _part(part: Part, unit: str, difference: str, base: str) -> dict[str, Any]:
    own = queries.unit_of(part, unit)
    return {
        "amount": shown(part.amount, difference),
        "cause": part.cause,
        "words": part.words,
        "source": source_of(part.source, base) if part.source else None,
        "through": part.through or None,
        "at": part.at,
        "before": shown(part.before, own),
        "after": shown(part.after, own),
        "moments": list(part.moments),
        "root": source_of(part.root, base) if part.root else None,
        "path": [source_of(each, base) for each in part.path],
        "also": [source_of(each, base) for each in part.also],
        "by": part.edit.by,
        "via": part.edit.via,
        "reason": part.edit.reason or None,
    }


# Tables


def lines_table(found: Explanation | ProjectExplanation) -> Table:
    """The lines with what they count for, and a last row that is what these make."""
    owner, metric = found.rollup.owner, found.metric
    names = flattened(_told(line) for line in found.lines)
    value = shown_cell(found.reading.value if found.reading else None, metric.unit)
    rows = list(_inputs(found) if metric.aggregate is None else _lines(found, names))
    counted = found.reading.included if found.reading else 0
    label = {"sum": "Sum", "max": "Latest", "count": "Number", "worst": "Worst"}.get(
        str(metric.aggregate), metric.formula
    )
    rows.append(["total", metric.name, label, counted, None, None, value])
    heading = ["source", "code", "title", "included", "reason", "value", "counted", *names]
    return Table(file_name(owner.code, metric.name, found.rollup.at), heading, _even(rows, heading))


def _lines(found: Explanation | ProjectExplanation, names: list[str]) -> Iterator[list[Cell]]:
    metric = found.metric
    counts = metric.aggregate == "count"
    for line in found.lines:
        value = shown_cell(line.value, metric.unit)
        inputs = _told(line)
        yield [
            line.source.type,
            line.source.code,
            title(line.source),
            line.included,
            line.reason,
            value,
            (1 if counts else value) if line.included else None,
            *(_cell(inputs.get(name)) for name in names),
        ]


def _told(line: ExplainedLine) -> Mapping[str, Any]:
    """What a line rests on, for who may open its source; findings as sentences."""
    if line.source.hidden:
        return {}
    told = in_words(line.inputs)
    told.pop("findings", None)
    return told


def _inputs(found: Explanation | ProjectExplanation) -> Iterator[list[Cell]]:
    for each in found.inputs:
        value = shown_cell(each.value, each.unit)
        yield ["metric", each.name, each.label, True, each.reason, value, None]


def title(source: Source) -> str:
    """A source's title, or why there is none."""
    if source.hidden:
        asked = f": ask {source.contact}" if source.contact else ""
        about = f" ({source.deliverable})" if source.deliverable else ""
        return f"{source.title or 'not yours to open'}{asked}{about}"
    return (source.title or "deleted since") if source.gone else source.title


def bridge_table(found: Bridge) -> Table:
    """The parts of a bridge, and a last row with both ends and their difference."""
    metric = found.metric
    unit = DIFFERENCES.get(metric.unit, str(metric.unit))
    rows: list[list[Cell]] = []
    for part in found.parts:
        own, source = queries.unit_of(part, str(metric.unit)), part.source
        named = [source.type, source.code, title(source)] if source else ["rule", "", ""]
        ends = [shown_cell(each, own) for each in (part.before, part.after)]
        rows.append([
            part.at, str(part.cause), part.words, *named, part.through, *ends,
            shown_cell(part.amount, unit), part.edit.name, part.edit.via,
            " → ".join(each.code or each.type for each in part.path), part.edit.reason,
        ])  # fmt: skip
    ends = [
        shown_cell(each.value if each else None, metric.unit)
        for each in (found.before, found.after)
    ]
    rows.append([
        found.period.end, "total", "", "", metric.name, metric.label, "", *ends,
        shown_cell(found.difference, unit), None, None, None, None,
    ])  # fmt: skip
    heading = [
        "at", "cause", "words", "source", "code", "title", "through", "before", "after", "amount",
        "by", "via", "path", "reason",
    ]  # fmt: skip
    return Table(
        file_name(found.owner.code, f"{metric.name}-bridge", found.period.end), heading, rows
    )


def shown_cell(value: Any, unit: str) -> Cell:
    """A value for a cell: exact, in as many places as it has."""
    if not isinstance(value, Decimal):
        cell: Cell = value
        return cell
    return rounded(value, 2) if unit == "money" else value.normalize() + 0


def _cell(value: Any) -> Cell:
    """What a line rests on, for a cell: numbers, which JSON keeps as text, are numbers again."""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if value is None or isinstance(value, int | float):
        return value
    return Decimal(value) if isinstance(value, str) and NUMBER.fullmatch(value) else str(value)


def _even(rows: list[list[Cell]], heading: list[str]) -> list[list[Cell]]:
    return [[*row, *[None] * (len(heading) - len(row))] for row in rows]


def file_name(code: str, name: str, at: datetime | None) -> str:
    """The name of a file about a record, in letters that every system takes."""
    code = "".join(each if each.isalnum() or each in "-_" else "-" for each in code)
    day = f"-{at:%Y-%m-%d}" if at else ""
    return f"{code}-{name}{day}".encode("ascii", "replace").decode().replace("?", "-")
