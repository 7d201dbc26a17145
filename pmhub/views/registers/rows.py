"""A register as it is read: the rows of its resource, filtered, ordered and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.db.models import Count, F, QuerySet, Sum

from pmhub import formats, reading_clock
from pmhub.database.custom import PREFIX
from pmhub.page_addresses import address_of, then
from pmhub.registers import Register
from pmhub.views.registers.cells import (
    Cell,
    Column,
    cell,
    columns_for,
    columns_of,
    related_ids,
)
from pmhub.views.registers.names import Names, Units
from programmes.queries.custom_fields import spread_custom

OF_WHOLES = "Percentages are each of another whole: they have no total."
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

    def record(self, pk: Any) -> Any:
        """One record with what decides about rights on it; raises Http404."""

    def stored_row(self, pk: Any) -> Row:
        """One row, with all that is derived."""


Resources = Callable[[Any, Any], Any]  # (model, request) → the resource of the model's records


def missing_resource(model: Any, request: Any) -> Any:
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


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of the whole filter with something in common: its words and its value (None where there
    is none), how many rows there are, and what they come to, as (column, total)."""

    words: str
    value: Any
    count: int
    totals: list[tuple[str, str]]


class Listing:
    """Some columns of some rows of a register; with all `rows` of the list that they are of, its
    money has the unit of these."""

    def __init__(
        self,
        register: Register,
        resource: Any,
        user: Any,
        names: Iterable[str],
        rows: QuerySet | None = None,
    ) -> None:
        by_name = self.known = columns_for(register, user)
        self.register, self.resource, self.user = register, resource, user
        self.columns = [by_name[name] for name in names]
        self.custom = [column.name for column in self.columns if column.name.startswith(PREFIX)]
        self.units = Units(user, rows)

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The headings: name, label, whether figures stand below and one can order by it."""
        return [
            {
                "name": column.name,
                "label": self._head(column),
                "figure": column.figure and column is not self.columns[0],
                "orders": column.name in (*self.resource.ordering_fields, *self.custom),
            }
            for column in self.columns
        ]

    def _head(self, column: Column) -> str:
        unit = self.unit_of(column)
        return f"{column.label}, {unit}" if unit else column.label

    def unit_of(self, column: Column) -> str:
        """The unit of all amounts in a column; empty where each record has its own."""
        own = column.look != "money" or "unit" in columns_of(self.register)
        return "" if own else self.units.one

    def lines(self, rows: QuerySet, start: int, stop: int, group: str = "") -> list[Line]:
        """The lines of a window of rows."""
        records = self.resource.read(rows, start, stop)
        spread_custom(records, [*self.custom, group])
        # A group without a record is of all such rows: nothing is told in its place.
        grouped = replace(self.known[group], instead=()) if group else None
        columns = [*self.columns, *([grouped] if grouped else [])]
        names = Names(related_ids(columns, records), self.user)
        units = self.units.of(self.register.model, [row["id"] for row in records])
        one = self.units.one if "unit" in columns_of(self.register) else ""  # no heading says it
        counts = self._counts(rows) if group else {}
        lines, before, at = [], object(), then(reading_clock.moment())
        for row in records:
            unit = units.get(row["id"], one)
            if unit and row.get("currency"):  # which a record may say of its own
                unit = formats.unit_like(unit, row["currency"])
            cells = [
                # What a line is called by is named in full: a code alone says little.
                cell(column, row, names, unit, long=column is self.columns[0])
                for column in self.columns
            ]
            title = None
            if grouped and row[group] != before:
                before = row[group]
                title = words(cell(grouped, row, names, unit, long=True))
            address = address_of("record", self.register.name, row["id"]) + at
            lines.append(Line(row["id"], address, cells, title, counts.get(row.get(group), 0)))
        return lines

    def _counts(self, rows: QuerySet) -> dict[Any, int]:
        """Return how many rows each group has, of the whole filter."""
        return dict(rows.order_by().values_list("grouped").annotate(Count("pk")))

    @property
    def _summed(self) -> list[Column]:
        """The columns whose total means something, where all of it is in one unit."""
        columns = [column for column in self.columns if column.name in self.register.sums]
        return columns if self.units.one else []

    def totals(self, rows: QuerySet) -> list[str]:
        """Return what stands below each column: the sum over the whole filter, where adding its
        rows means something and all are in one unit; nothing where no column has one, or nothing
        to add."""
        if not self._summed:
            return []
        sums = rows.order_by().aggregate(**self._sums)
        if not any(amount is not None for amount in sums.values()):
            return []
        return [
            _total(sums[f"sum_{column.name}"]) if column in self._summed else ""
            for column in self.columns
        ]

    @property
    def _sums(self) -> dict[str, Sum]:
        return {f"sum_{column.name}": Sum(column.name) for column in self._summed}

    @property
    def untotalled(self) -> list[str]:
        """Return why columns of figures have no total: sentences."""
        reasons = self.register.unsummed
        said = [
            reasons.get(column.name, OF_WHOLES)
            for column in self.columns
            if column.name in reasons or column.look in ("share", "hundred")
        ]
        several = not self.units.one and any(
            column.name in self.register.sums for column in self.columns
        )
        first = ["Amounts are in several units: they have no total."] if several else []
        return [name for name in dict.fromkeys([*first, *said]) if name]

    def groups(self, rows: QuerySet, group: str) -> list[Group]:
        """The groups of the whole filter, in the order in which a list shows them."""
        column = self.known[group]
        by = F("grouped" if group.startswith(PREFIX) else group)
        counted = rows.order_by().values(by_group=by).annotate(count=Count("pk"), **self._sums)
        totals = [{**row, group: row["by_group"]} for row in counted]
        names = Names(related_ids([column], totals), self.user)
        made = [
            Group(
                words(cell(column, row, names, "", long=True)),
                row[group],
                row["count"],
                [
                    (total.label, _total(row[f"sum_{total.name}"]))
                    for total in self._summed
                    if row[f"sum_{total.name}"] is not None
                ],
            )
            for row in totals
        ]
        order = list(column.choices)
        return sorted(
            made,
            key=lambda item: (
                order.index(item.value) if item.value in order else len(order),
                item.value is None,
                item.words,
            ),
        )


def _total(amount: Any) -> str:
    return "" if amount is None else formats.money(amount, 2 if amount % 1 else 0)


def words(cell: Cell) -> str:
    """A cell in words alone."""
    return ", ".join(text for text, _ in cell.parts) or cell.text
