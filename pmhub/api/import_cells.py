"""Cells of an imported table, as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from pmhub.api.columns import DANGEROUS

Cell = str | int | float | bool | date | time | None


def trimmed(cells: Sequence[Cell]) -> Sequence[Cell]:
    """Return the cells of a row up to the last one that is not empty."""
    width = len(cells)
    while width and cells[width - 1] in {None, ""}:
        width -= 1
    return cells[:width]


def text_of(cell: Cell) -> str:
    """Return a cell as text, without the apostrophe that exported files put before a text which a
    spreadsheet would take for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(Decimal(repr(cell)), "f")
    text = str(cell)
    return text[1:] if text.startswith("'") and text[1:].startswith(DANGEROUS) else text
