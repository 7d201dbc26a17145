"""A list as a board: its records counted by two relations, a cell in the colour of the worst."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from pmhub.registers import Board, Register
from pmhub.views.registers.cells import Column, columns_of
from pmhub.views.registers.names import HIDDEN, Names
from pmhub.views.registers.query import RegisterQuery
from pmhub.views.registers.rows import related_ids

MOST = 2000  # rows that are read for a board; of more, the first
WORST = ("red", "amber", "grey", "green", "done")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class End:
    """A heading of the board: what it is called, in short and at length, and the filters that lead
    to its records; None where no filter does."""

    short: str
    long: str
    filters: tuple[tuple[str, str], ...] | None


@dataclass(frozen=True, slots=True)
class Count:
    """A cell: how many records there are, the worst of their colours, and the list of them."""

    count: int = 0
    colour: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """A board: headings of the columns and lines of (heading, cells); `left` rows were not read."""

    columns: Sequence[End]
    lines: Sequence[tuple[End, Sequence[Count]]]
    left: int


def board_of(
    register: Register, asked: RegisterQuery, rows: QuerySet, count: int, user: Any
) -> Counts:
    """The rows of a list, counted by the two relations of the register's board."""
    board: Board = register.board  # type: ignore[assignment]  # asked for of those that have one
    read = asked.resource.read(rows, 0, MOST)
    by_name = columns_of(register)
    down, across = by_name[board.rows], by_name[board.columns]
    names = Names(related_ids((down, across), read), user)
    colours: dict[tuple[End, End], list[str]] = defaultdict(list)
    for row in read:
        place = (_end(down, row, names, asked.known), _end(across, row, names, asked.known))
        colours[place].append(str(row[board.colour]))
    columns = _ordered(across for _, across in colours)
    lines = [
        (
            giver,
            [_count(colours.get((giver, column), ()), giver, column, asked) for column in columns],
        )
        for giver in _ordered(giver for giver, _ in colours)
    ]
    return Counts(columns, lines, max(0, count - MOST))


def _ordered(ends: Iterable[End]) -> list[End]:
    """Each heading once, in order of its words; those that no filter leads to come last."""
    return sorted(set(ends), key=lambda end: (end.filters is None, end.short, end.long))


def _end(column: Column, row: Row, names: Names, filters: Mapping[str, Any]) -> End:
    """The heading that a row stands under."""
    value = row[column.name]
    if value is not None:
        short, _ = names.part(column.model, value, long=False)
        return End(short, names.label(column.model, value), ((column.name, str(value)),))
    told = next((name for name in column.instead if row[name]), "")
    text = str(row[told]) if told else HIDDEN.capitalize()
    leads = ((told, text),) if told in filters else None
    return End(text, text, leads)


def _count(colours: Sequence[str], down: End, across: End, asked: RegisterQuery) -> Count:
    if not colours:
        return Count()
    worst = min(colours, key=lambda colour: WORST.index(colour) if colour in WORST else len(WORST))
    if down.filters is None or across.filters is None:
        return Count(len(colours), worst)
    rest = {name: value for name, value in asked.query.items() if name not in ("view", "page")}
    query = {**rest, **dict(down.filters + across.filters), "view": "table"}
    return Count(len(colours), worst, f"?{urlencode(query)}")
