"""Pages of a list: `{count, next, previous, results}`, never a bare list."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import EmptyResultSet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from pmhub.api.problems import parameter_problem
from pmhub.caching import BoundedCache
from pmhub.database import touches

SIZE, LARGEST = 50, 500

counts = BoundedCache(1_000_000)
NUMBER = re.compile(r"[0-9]{1,9}")


class Pages(BasePagination):
    """`page` and `page_size`. The rows are counted only when the page itself does not show how many
    there are."""

    display_page_controls = False

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        """The rows of the page, read and shaped by the view; raises 400 and 404."""
        number, start, size = self.window(request)
        rows = view.read(queryset, start, start + size + 1)
        if not rows and number > 1:
            raise NotFound("There is no such page.")
        more = len(rows) > size
        self.count = row_count(queryset) if more else start + len(rows)
        self.link(request, number, more=more)
        return rows[:size]

    def window(self, request: Any) -> tuple[int, int, int]:
        """Return the number of the page, the index of its first row, and its size; raises 400 and
        404."""
        number, size = _number(request, "page", 1), page_size(request)
        if number < 1:
            raise NotFound("There is no such page.")
        return number, (number - 1) * size, size

    def link(self, request: Any, number: int, *, more: bool) -> None:
        """Set the addresses of the next and the previous page."""
        address = request.build_absolute_uri()
        self.next = replace_query_param(address, "page", number + 1) if more else None
        self.previous = _previous(address, number)

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page as `{count, next, previous, results}`."""
        return Response(
            {
                "count": self.count,
                "next": self.next,
                "previous": self.previous,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of a page, for OpenAPI."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer"},
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters, for OpenAPI."""
        return [
            _declared("page", 1, {"minimum": 1}),
            _declared("page_size", SIZE, {"minimum": 1, "maximum": LARGEST}),
        ]


class ReadAlready:
    """The rows of a list that was read as a whole, in the place of a view."""

    @staticmethod
    def read(rows: list[Any], start: int, stop: int) -> list[Any]:
        """The rows of a window."""
        return rows[start:stop]


def page_of(request: Any, rows: list[Any]) -> Response:
    """Return a page of rows that were read already."""
    pages = Pages()
    return pages.get_paginated_response(pages.paginate_queryset(rows, request, ReadAlready()))


def page_size(request: Any) -> int:
    """Return how many rows a page may have; raises a 400 problem."""
    size = _number(request, "page_size", SIZE)
    if not 1 <= size <= LARGEST:
        raise parameter_problem("page_size", "out_of_range", f"Give a number from 1 to {LARGEST}.")
    return size


def row_count(queryset: Any) -> int:
    """Return the number of rows. It is kept until one of the tables of the query is touched, if all
    of them leave touches."""
    if isinstance(queryset, list):  # read already
        return len(queryset)
    queryset = queryset.order_by()
    try:
        sql = str(queryset.query)
    except EmptyResultSet:  # nothing can match: there is no SQL
        return 0
    tables = touches.topics_read(sql)
    if touches.UNTOUCHED in tables:
        return int(queryset.count())
    key = sql, touches.stamp([(table, 0) for table in sorted(tables)])
    count: int | None = counts.get(key)
    if count is None:
        count = queryset.count()
        counts.put(key, count, len(sql))
    return count


def _declared(name: str, default: int, bounds: dict[str, int]) -> dict[str, Any]:
    schema = {"type": "integer", "default": default, **bounds}
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _number(request: Any, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not NUMBER.fullmatch(text):
        raise parameter_problem(name, "invalid", "Give a whole number.")
    return int(text)


def _previous(address: str, number: int) -> str | None:
    if number == 1:
        return None
    if number == 2:
        return remove_query_param(address, "page")
    return replace_query_param(address, "page", number - 1)
