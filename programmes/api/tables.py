"""Explanations and bridges as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pmhub.api.table_files import Cell, Table, flattened
from pmhub.rounding import rounded
from programmes import queries
from programmes.api.figure_json import DIFFERENCES
from programmes.queries import (
    Bridge,
    ExplainedLine,
    Explanation,
    ProjectExplanation,
    Source,
)
from programmes.wording import in_words

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


def lines_table(basis: Explanation | ProjectExplanation) -> Table:
    """Return the lines with what they count for, and a last row with the figure that they make."""
    owner, metric = basis.rollup.owner, basis.metric
    names = flattened(_as_row(line) for line in basis.lines)
    value = shown_cell(basis.reading.value if basis.reading else None, metric.unit)
    rows = list(_inputs(basis) if metric.aggregate is None else _lines(basis, names))
    counted = basis.reading.included if basis.reading else 0
    label = {"sum": "Sum", "max": "Latest", "count": "Number", "worst": "Worst"}.get(
        str(metric.aggregate), metric.formula
    )
    rows.append(["total", metric.name, label, counted, None, None, value])
    heading = ["source", "code", "title", "included", "reason", "value", "counted", *names]
    return Table(file_name(owner.code, metric.name, basis.rollup.at), heading, _even(rows, heading))


def _lines(basis: Explanation | ProjectExplanation, names: list[str]) -> Iterator[list[Cell]]:
    metric = basis.metric
    counts = metric.aggregate == "count"
    for line in basis.lines:
        value = shown_cell(line.value, metric.unit)
        inputs = _as_row(line)
        yield [
            line.source.type,
            line.source.code,
            title(line.source),
            line.included,
            line.reason,
            value,
            (1 if counts else value) if line.included else None,
            *(_cell(inputs.get(name)) for name in names),
        ]


def _as_row(line: ExplainedLine) -> Mapping[str, Any]:
    """Return the cells of what a line rests on, for readers who may open its source; findings as
    sentences."""
    if line.source.hidden:
        return {}
    words = in_words(line.inputs)
    words.pop("findings", None)
    return words


def _inputs(basis: Explanation | ProjectExplanation) -> Iterator[list[Cell]]:
    for figure in basis.inputs:
        value = shown_cell(figure.value, figure.unit)
        yield ["metric", figure.name, figure.label, True, figure.reason, value, None]


def title(source: Source) -> str:
    """Return a source's title, or why there is none."""
    if source.hidden:
        contact_hint = f": ask {source.contact}" if source.contact else ""
        about = f" ({source.deliverable})" if source.deliverable else ""
        return f"{source.title or 'not yours to open'}{contact_hint}{about}"
    return (source.title or "deleted since") if source.gone else source.title


def bridge_table(bridge: Bridge) -> Table:
    """Return the parts of a bridge, and a last row with both ends and their difference."""
    metric = bridge.metric
    unit = DIFFERENCES.get(metric.unit, str(metric.unit))
    rows: list[list[Cell]] = []
    for part in bridge.parts:
        own, source = queries.unit_of(part, str(metric.unit)), part.source
        named = [source.type, source.code, title(source)] if source else ["rule", "", ""]
        ends = [shown_cell(value, own) for value in (part.before, part.after)]
        rows.append([
            part.at, str(part.cause), part.words, *named, part.through, *ends,
            shown_cell(part.amount, unit), part.edit.name, part.edit.via,
            " → ".join(step.code or step.type for step in part.path), part.edit.reason,
        ])  # fmt: skip
    ends = [
        shown_cell(reading.value if reading else None, metric.unit)
        for reading in (bridge.before, bridge.after)
    ]
    rows.append([
        bridge.period.end, "total", "", "", metric.name, metric.label, "", *ends,
        shown_cell(bridge.difference, unit), None, None, None, None,
    ])  # fmt: skip
    heading = [
        "at", "cause", "words", "source", "code", "title", "through", "before", "after", "amount",
        "by", "via", "path", "reason",
    ]  # fmt: skip
    return Table(
        file_name(bridge.owner.code, f"{metric.name}-bridge", bridge.period.end), heading, rows
    )


def shown_cell(value: Any, unit: str) -> Cell:
    """Return a value for a cell: exact, with all its decimals."""
    if not isinstance(value, Decimal):
        cell: Cell = value
        return cell
    return rounded(value, 2) if unit == "money" else value.normalize() + 0


def _cell(value: Any) -> Cell:
    """Return an input of a line for a cell; numbers, which JSON stores as text, become numbers
    again."""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if value is None or isinstance(value, int | float):
        return value
    return Decimal(value) if isinstance(value, str) and NUMBER.fullmatch(value) else str(value)


def _even(rows: list[list[Cell]], heading: list[str]) -> list[list[Cell]]:
    return [[*row, *[None] * (len(heading) - len(row))] for row in rows]


def file_name(code: str, name: str, at: datetime | None) -> str:
    """Return the name of a file about a record, in characters that every system accepts."""
    code = "".join(char if char.isalnum() or char in "-_" else "-" for char in code)
    day = f"-{at:%Y-%m-%d}" if at else ""
    return f"{code}-{name}{day}".encode("ascii", "replace").decode().replace("?", "-")
