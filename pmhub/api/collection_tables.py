"""`GET /{collection}/?format=csv|xlsx`: a file of all records that the filters find.

The rows are read in batches, as the list reads its pages, so that a file holds the same records and
values as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request

from pmhub.access import ways_up
from pmhub.api import paging, table_jobs
from pmhub.api.authentication import token_reaches
from pmhub.api.columns import MONEY_UNIT, SEVERAL, has_code, has_money, related_to
from pmhub.api.json_rendering import dumps
from pmhub.api.problems import parameter_problem
from pmhub.api.representations import Row
from pmhub.api.resources import basename_of, has_view
from pmhub.api.revalidation import read_with_etag
from pmhub.api.table_files import Cell, Table, table_answer
from pmhub.database.custom import COLUMN
from pmhub.filters.custom import custom_fields
from programmes.queries.custom_fields import spread_custom

BATCH = 500  # rows that are read at once
HUNDRED = 100  # rows that cost as much as a request


@dataclass(frozen=True, slots=True)
class Column:
    """A member of a record as a column of a file. For a reference, `model` is that of the related
    record, and the column holds its code, or its id if `ids`."""

    title: str
    name: str
    model: Any = None
    ids: bool = False


def collection_answer(view: Any, queryset: QuerySet) -> Any:
    """Answer the rows of a resource as a file in the form that the client asks for."""
    request: Request = view.request
    if "expand" in request.query_params:
        raise parameter_problem(
            "expand", "unknown_parameter", "A table names records by code and id."
        )
    columns = columns_of(view)
    kind = type(view), "table", tuple(sorted(request.query_params))

    def begun() -> tuple[int, Sequence[int]]:
        many = paging.row_count(queryset.order_by())
        if table_jobs.deferring(request, many):
            return many, []
        ids = list(queryset.values_list("pk", flat=True))
        _cells(view, columns, ids[:BATCH])  # notes the tables that all batches read
        return many, ids

    (many, ids), etag = read_with_etag(request, kind, begun)
    if not table_jobs.run_of(request):
        request._request.units = 1 + len(ids) // HUNDRED  # type: ignore[attr-defined]  # ours
    name = f"{view.basename}-{timezone.localdate():%Y-%m-%d}"
    heading = [column.title for column in columns]
    rows = _rows(view, columns, ids)
    mark = f"{etag}-{request.accepted_renderer.format}" if etag else ""
    return table_answer(request, Table(name, heading, rows, max(many, len(ids))), mark)


def columns_of(view: Any) -> list[Column]:
    """Return the columns of a resource that `fields` and `omit` leave: two for a reference, two for
    a currency (the other says the unit of the amounts), and one for each custom field."""
    custom = custom_fields(view.model, view.request.user, view.chosen)
    unit = [Column(MONEY_UNIT, MONEY_UNIT)] if has_money(view) else []
    return [
        column
        for chosen in view.chosen
        for name in (custom if chosen == COLUMN else [chosen])
        for column in (
            *_columns(related_to(view.model, name, custom), name),
            *(unit if name == "currency" else ()),
        )
    ]


def _columns(related: Any, name: str) -> list[Column]:
    if related is None:
        return [Column(name, name)]
    code = [Column(name, name, related)] if has_code(related) else []
    return [*code, Column(f"{name}_id", name, related, ids=True)]


def _rows(view: Any, columns: Sequence[Column], ids: Sequence[int]) -> Iterator[list[Cell]]:
    for start in range(0, len(ids), BATCH):
        table_jobs.report_progress(view.request, start, len(ids))
        yield from _cells(view, columns, ids[start : start + BATCH])
    table_jobs.report_progress(view.request, len(ids), len(ids))


def _cells(view: Any, columns: Sequence[Column], ids: Sequence[int]) -> list[list[Cell]]:
    rows = view.shaped(view.shape().rows(ids))
    if has_money(view):
        units = _money_units(view.model, ids)
        for row in rows:
            row[MONEY_UNIT] = units.get(row["id"]) if row["currency"] else None
    spread_custom(rows, [column.name for column in columns])
    codes = _codes(view, columns, rows)
    makers = [_maker(column, codes) for column in columns]
    return [[make(row) for make in makers] for row in rows]


def _money_units(model: Any, ids: Sequence[int]) -> dict[int, int]:
    """Return, by id, what the amounts of these records are multiplied by: the unit of money of the
    portfolio to which a record belongs."""
    ways = [f"{way}__{MONEY_UNIT}" for way in ways_up(model, "portfolio")]
    rows = model._base_manager.filter(pk__in=ids).order_by()
    found = {pk: told for pk, *told in rows.values_list("pk", *ways)}
    return {pk: unit for pk, told in found.items() for unit in told if unit is not None}


def _codes(view: Any, columns: Sequence[Column], rows: Sequence[Row]) -> dict[Any, dict[int, str]]:
    """Return, by model and id, the codes of the records that rows name, if the reader may see them
    and the token's scopes reach them."""
    named: dict[Any, set[int]] = {}
    run = table_jobs.run_of(view.request)
    token = run.job.token if run else view.request.auth
    for column in columns:
        if column.model is not None and not column.ids:
            if not has_view(column.model) or not token_reaches(token, basename_of(column.model)):
                continue
            ids = named.setdefault(column.model, set())
            ids.update(pk for row in rows for pk in _several(row[column.name]))
    return {
        model: dict(
            model._default_manager.visible_to(view.request.user)
            .filter(pk__in=ids)
            .order_by()
            .values_list("pk", "code")
        )
        for model, ids in named.items()
    }


def _maker(column: Column, codes: Mapping[Any, Mapping[int, str]]) -> Callable[[Row], Cell]:
    """Return a function that makes the cell of a row in this column."""
    name = column.name
    if column.model is None or column.ids:
        return lambda row: cell(row[name])
    by_id = codes.get(column.model, {})
    return lambda row: SEVERAL.join(by_id.get(id) or "" for id in _several(row[name])) or None


def _several(value: Any) -> Sequence[int]:
    """Return the ids in a reference or in a list of references."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def cell(value: Any) -> Cell:
    """Return a value as a cell: a list of plain values as one text, any other list or object as
    JSON."""
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return SEVERAL.join(map(str, value))
    if isinstance(value, dict | list):
        return dumps(value).decode()
    plain: Cell = value
    return plain
