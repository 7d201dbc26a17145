"""The rows of a register, read by its resource of REST, as filtered, ordered and shown lines."""

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
    """What a register needs of its resource of REST, which reads the rows for one user."""

    filterset_class: Any
    search_fields: Sequence[str]
    ordering_fields: Sequence[str]

    def get_queryset(self) -> QuerySet:
        """Return the rows that the user may see."""

    def read(self, queryset: QuerySet, start: int, stop: int) -> list[Row]:
        """Return the rows from `start` to `stop`, with computed fields."""

    def record(self, pk: Any) -> Any:
        """Return one record, with what decides about rights on it; raises Http404."""

    def stored_row(self, pk: Any) -> Row:
        """Return one row, with computed fields."""


Resources = Callable[[Any, Any], Any]  # (model, request) → the view set of the model


def missing_resource(model: Any, request: Any) -> Any:
    """Raise LookupError, until the routes replace this by what returns the resource of a model."""
    raise LookupError(f"The routes name no resource of {model}.")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list: the address of its record's page, its cells, and the title of the group
    that begins with it."""

    id: int
    address: str
    cells: list[Cell]
    group: str | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of a list with the same value of a field, on all its pages: the value in words and
    as such (None for no value), their number, and their totals as (column, total)."""

    words: str
    value: Any
    count: int
    totals: list[tuple[str, str]]


class Listing:
    """Some columns of a register's rows. `rows` are all rows of the list, from which the unit of
    its money is known."""

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
        """The headings: name, label, whether the column holds figures, and whether the list can be
        ordered by it."""
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
        """Return the unit of all amounts in a column; empty if each record has its own."""
        own = column.look != "money" or "unit" in columns_of(self.register)
        return "" if own else self.units.one

    def lines(self, rows: QuerySet, start: int, stop: int, group: str = "") -> list[Line]:
        """Return the lines of the rows from `start` to `stop`."""
        records = self.resource.read(rows, start, stop)
        spread_custom(records, [*self.custom, group])
        # A group without a record holds all such rows, so nothing is shown in the record's place.
        grouped = replace(self.known[group], instead=()) if group else None
        columns = [*self.columns, *([grouped] if grouped else [])]
        names = Names(related_ids(columns, records), self.user)
        units = self.units.of(self.register.model, [row["id"] for row in records])
        # Shown in cells, for no heading shows it.
        one = self.units.one if "unit" in columns_of(self.register) else ""
        counts = self._counts(rows) if group else {}
        lines, before, at = [], object(), then(reading_clock.moment())
        for row in records:
            unit = units.get(row["id"], one)
            if unit and row.get("currency"):  # a record may have another currency
                unit = formats.unit_like(unit, row["currency"])
            cells = [
                # The column that names a row shows full names: a code alone says little.
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
        """Return the number of rows in each group, over all pages."""
        return dict(rows.order_by().values_list("grouped").annotate(Count("pk")))

    @property
    def _summed(self) -> list[Column]:
        """The columns whose sum is meaningful; none if the amounts are in several units."""
        columns = [column for column in self.columns if column.name in self.register.sums]
        return columns if self.units.one else []

    def totals(self, rows: QuerySet) -> list[str]:
        """Return the total of each column over all pages, empty for a column whose sum is not
        meaningful. Empty if no column has a total."""
        if not self._summed:
            return []
        sums = rows.order_by().aggregate(**self._sums)
        if not any(amount is not None for amount in sums.values()):
            return []
        return [
            _total(sums[f"sum_{column.name}"]) if column in self._summed else ""
            for column in self.columns
        ]

    def labelled_totals(self, rows: QuerySet) -> list[dict[str, str]]:
        """Return the totals of the columns, each with the label of its column; none if no column
        has a total."""
        return [
            {"label": column.label, "text": total}
            for column, total in zip(self.columns, self.totals(rows), strict=False)
        ]

    @property
    def _sums(self) -> dict[str, Sum]:
        return {f"sum_{column.name}": Sum(column.name) for column in self._summed}

    @property
    def untotalled(self) -> list[str]:
        """Sentences that say why columns of figures have no total."""
        reasons = self.register.unsummed
        declared = [
            reasons.get(column.name, OF_WHOLES)
            for column in self.columns
            if column.name in reasons or column.look in ("share", "hundred")
        ]
        several = not self.units.one and any(
            column.name in self.register.sums for column in self.columns
        )
        first = ["Amounts are in several units: they have no total."] if several else []
        return [name for name in dict.fromkeys([*first, *declared]) if name]

    def groups(self, rows: QuerySet, group: str) -> list[Group]:
        """Return the groups of the list over all its pages, in the order in which the list shows
        them."""
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
    """Return the text of a cell."""
    return ", ".join(text for text, _ in cell.parts) or cell.text
