"""A list as lanes: a column for each value of a choice, with the first of its records as cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from pmhub.registers import Lanes, Register
from pmhub.views.registers.cells import columns_of
from pmhub.views.registers.query import RegisterQuery
from pmhub.views.registers.rows import Line, Listing

FEW = 20  # cards of a lane


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: the value of its records in words, their number, the first of them, and the address
    of their list, empty if no filter leads there."""

    words: str
    count: int
    cards: Sequence[Line]
    address: str

    @property
    def more(self) -> int:
        """The number of records that are not shown."""
        return self.count - len(self.cards)


def lanes_of(register: Register, query: RegisterQuery, rows: QuerySet, user: Any) -> list[Lane]:
    """Return the lanes of a list; the cards are in the order of the list."""
    lanes: Lanes = register.lanes  # type: ignore[assignment]  # only registers with lanes get here
    counts = dict(rows.order_by().values_list(lanes.by).annotate(Count("pk")))
    first = _first(rows, lanes.by)
    listing = Listing(register, query.resource, user, lanes.fields)
    cards: dict[str, list[Line]] = defaultdict(list)
    values = dict(first.values_list("pk", lanes.by))
    for line in listing.lines(first, 0, len(values)):
        cards[values[line.id]].append(line)
    return [
        Lane(words.capitalize(), counts.get(value, 0), cards[value], _address(query, value))
        for value, words in columns_of(register)[lanes.by].choices.items()
    ]


def _first(rows: QuerySet, by: str) -> QuerySet:
    """Return the first rows of each value."""
    order: Any = rows.query.order_by
    place = Window(RowNumber(), partition_by=F(by), order_by=[*order])
    return rows.annotate(place=place).filter(place__lte=FEW)


def _address(register_query: RegisterQuery, value: str) -> str:
    by = register_query.register.lanes.by  # type: ignore[union-attr]  # as above
    if by not in register_query.known:
        return ""
    query = register_query.query.copy()
    query.pop("page", None)
    query[by], query["view"] = str(value), "table"
    return f"?{query.urlencode()}"
