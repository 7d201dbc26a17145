"""A register as it is read: the rows of its resource, filtered, ordered and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.db.models import Count, QuerySet, Sum

from pmhub.registers import Register
from pmhub.templatetags import pm
from pmhub.views.registers.cells import Cell, Column, cell, columns_of, related
from pmhub.views.registers.names import Names, Units

Row = dict[str, Any]


class Resource(Protocol):
    """What a register reads: the rows of its resource, for one user."""

    filterset_class: Any
    search_fields: Sequence[str]
    ordering_fields: Sequence[str]

    def get_queryset(self) -> QuerySet:
        """The rows that the user may see."""

    def read(self, queryset: QuerySet, start: int, stop: int) -> list[Row]:
        """The rows of a window, with all that is derived."""


Resources = Callable[[Any, Any], Any]  # (model, request) → the resource of the model's records


def nowhere(model: Any, request: Any) -> Any:
    """Stand for the resources until the routes say them; raises LookupError."""
    raise LookupError(f"The routes name no resource of {model}.")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list: the page of its record, its cells, the group that begins with it."""

    id: int
    address: str
    cells: list[Cell]
    group: str | None = None
    count: int = 0


class Listing:
    """Some columns of some rows of a register."""

    def __init__(self, register: Register, resource: Any, user: Any, names: Iterable[str]) -> None:
        known = columns_of(register)
        self.register, self.resource, self.user = register, resource, user
        self.columns = [known[name] for name in names]
        self.units = Units(user)

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The headings: name, label, whether figures stand below and one can order by it."""
        return [
            {
                "name": column.name,
                "label": self._head(column),
                "figure": column.figure and column is not self.columns[0],
                "orders": column.name in self.resource.ordering_fields,
            }
            for column in self.columns
        ]

    def _head(self, column: Column) -> str:
        unit = self.units.one
        in_unit = column.look == "money" and unit and "unit" not in columns_of(self.register)
        return f"{column.label}, {unit}" if in_unit else column.label

    def lines(self, rows: QuerySet, start: int, stop: int, group: str = "") -> list[Line]:
        """The lines of a window of rows."""
        found = self.resource.read(rows, start, stop)
        # A group without a record is of all such rows: nothing is told in its place.
        grouped = replace(columns_of(self.register)[group], instead=()) if group else None
        columns = [*self.columns, *([grouped] if grouped else [])]
        names = Names(related(columns, found), self.user)
        units = self.units.of(self.register.model, [row["id"] for row in found])
        counts = self._counts(rows) if group else {}
        lines, before = [], object()
        for row in found:
            unit = units.get(row["id"], "")
            cells = [cell(column, row, names, unit, long=False) for column in self.columns]
            title = None
            if grouped and row[group] != before:
                before = row[group]
                title = words(cell(grouped, row, names, unit, long=True))
            address = pm.address_of("record", self.register.name, row["id"])
            lines.append(Line(row["id"], address, cells, title, counts.get(row.get(group), 0)))
        return lines

    def _counts(self, rows: QuerySet) -> dict[Any, int]:
        """How many rows each group has, of the whole filter."""
        return dict(rows.order_by().values_list("grouped").annotate(Count("pk")))

    def totals(self, rows: QuerySet) -> list[str]:
        """What stands below each column: the sum over the whole filter, where adding its rows means
        something and all are in one unit; nothing where no column has one."""
        summed = [each.name for each in self.columns if each.name in self.register.sums]
        if not summed or not self.units.one:
            return []
        named = {f"sum_{name}": Sum(name) for name in summed}
        found = rows.order_by().aggregate(**named)
        sums = {name: found[f"sum_{name}"] for name in summed}
        return [
            pm.money(sums[each.name], 2 if (sums[each.name] or 0) % 1 else 0)
            if sums.get(each.name) is not None
            else ""
            for each in self.columns
        ]


def words(found: Cell) -> str:
    """A cell in words alone."""
    return ", ".join(text for text, _ in found.parts) or found.text


def narrowed(rows: QuerySet, resource: Any, values: Mapping[str, Any], request: Any) -> Any:
    """The resource's filters with these values, bound."""
    return resource.filterset_class(data=values, queryset=rows, request=request)
