"""A list as a board: its records counted in cells by two relations, each cell in the worst of their
colours."""

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

MOST = 2000  # rows that a board counts, at most
WORST = ("red", "amber", "grey", "green", "done")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class End:
    """A heading of the board: its short and its long text, and the filters that lead to its
    records; None if no filter does."""

    short: str
    long: str
    filters: tuple[tuple[str, str], ...] | None


@dataclass(frozen=True, slots=True)
class Count:
    """A cell of the board: the number of records, the worst of their colours, and the address of
    their list."""

    count: int = 0
    colour: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """A board: the headings of its columns, its lines as (heading, cells), and how many rows were
    `left` unread."""

    columns: Sequence[End]
    lines: Sequence[tuple[End, Sequence[Count]]]
    left: int


def board_of(
    register: Register, query: RegisterQuery, rows: QuerySet, count: int, user: Any
) -> Counts:
    """Return the board of a register, with the rows of the list counted by its two relations."""
    board: Board = register.board  # type: ignore[assignment]  # only registers with a board get here
    read = query.resource.read(rows, 0, MOST)
    by_name = columns_of(register)
    down, across = by_name[board.rows], by_name[board.columns]
    names = Names(related_ids((down, across), read), user)
    colours: dict[tuple[End, End], list[str]] = defaultdict(list)
    for row in read:
        place = (_end(down, row, names, query.known), _end(across, row, names, query.known))
        colours[place].append(str(row[board.colour]))
    columns = _ordered(across for _, across in colours)
    lines = [
        (
            giver,
            [_count(colours.get((giver, column), ()), giver, column, query) for column in columns],
        )
        for giver in _ordered(giver for giver, _ in colours)
    ]
    return Counts(columns, lines, max(0, count - MOST))


def _ordered(ends: Iterable[End]) -> list[End]:
    """Return each heading once, ordered by its text; those to which no filter leads come last."""
    return sorted(set(ends), key=lambda end: (end.filters is None, end.short, end.long))


def _end(column: Column, row: Row, names: Names, filters: Mapping[str, Any]) -> End:
    """Return the heading under which a row is counted."""
    value = row[column.name]
    if value is not None:
        short, _ = names.part(column.model, value, long=False)
        return End(short, names.label(column.model, value), ((column.name, str(value)),))
    instead = next((name for name in column.instead if row[name]), "")
    text = str(row[instead]) if instead else HIDDEN.capitalize()
    leads = ((instead, text),) if instead in filters else None
    return End(text, text, leads)


def _count(colours: Sequence[str], down: End, across: End, narrowed: RegisterQuery) -> Count:
    if not colours:
        return Count()
    worst = min(colours, key=lambda colour: WORST.index(colour) if colour in WORST else len(WORST))
    if down.filters is None or across.filters is None:
        return Count(len(colours), worst)
    rest = {name: value for name, value in narrowed.query.items() if name not in ("view", "page")}
    query = {**rest, **dict(down.filters + across.filters), "view": "table"}
    return Count(len(colours), worst, f"?{urlencode(query)}")
