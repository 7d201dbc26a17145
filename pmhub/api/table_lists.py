"""Lists of what is no record, such as the tokens of a user: a page of them, or a file of all."""

from __future__ import annotations

from typing import Any, cast

import orjson
from django.db.models import QuerySet
from rest_framework import viewsets

from pmhub.api.collection_tables import cell
from pmhub.api.json_rendering import dumps
from pmhub.api.paging import row_count
from pmhub.api.table_files import TABLES, Table, table_answer
from pmhub.api.table_jobs import deferred

Found = QuerySet[Any] | list[Any]


class TableList(viewsets.GenericViewSet):
    """A view whose list is answered as CSV and XLSX, too. `read(rows, start, stop)` reads a window
    of the rows, and the serializer shapes them."""

    def get_renderers(self) -> Any:
        """Return the renderer of JSON; for the list, those of tables too."""
        listing = getattr(self, "action", None) == "list"
        return [renderer() for renderer in TABLES] if listing else super().get_renderers()

    def table(self, rows: Found) -> Any:
        """Answer all rows as a file in the form that the client asks for; a long list is left to a
        job. A column has the name and the values of its member in JSON."""
        count, name = row_count(rows), self.basename
        if later := deferred(self.request, count, name):
            return later
        members = self.shaped(cast(Any, self).read(rows, 0, count))
        serializer: Any = self.get_serializer()
        hidden = getattr(getattr(serializer, "Meta", None), "shown_once", ())
        heading = [member for member in serializer.fields if member not in hidden]
        lines = [[cell(row.get(member)) for member in heading] for row in members]
        return table_answer(self.request, Table(name, heading, lines))

    def shaped(self, rows: list[Any]) -> list[dict[str, Any]]:
        """Return rows as JSON has them."""
        data = self.get_serializer(rows, many=True).data
        return cast(list[dict[str, Any]], orjson.loads(dumps(data)))
