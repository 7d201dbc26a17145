"""Tables out: CSV and XLSX, in which no text is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from rest_framework.exceptions import NotAcceptable
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from pmhub.api.exports import deferred
from pmhub.api.rendering import Json, dumps
from pmhub.api.revalidation import answered

# What a spreadsheet takes for the beginning of a formula.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
Cell = str | int | float | Decimal | date | datetime | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """A heading row and rows; `name` becomes the file's, without its ending."""

    name: str
    heading: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def as_csv(table: Table) -> bytes:
    """UTF-8 with a mark that spreadsheets look for."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(map(plain, table.heading))
    writer.writerows([plain(cell) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def plain(cell: Cell) -> str:
    """A cell as text; text that could be a formula begins with an apostrophe."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(DANGEROUS) else cell
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def as_xlsx(table: Table) -> bytes:
    """A workbook of one sheet; the same table gives the same bytes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "remove_timezone": True})
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001  # what the library takes
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for column, title in enumerate(table.heading):
        sheet.write_string(0, column, title, bold)
    for number, row in enumerate(table.rows, 1):
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell, day)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(table.heading), 16)
    book.close()
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, cell: Cell, day: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float | Decimal):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell, day)
    else:
        sheet.write_string(row, column, plain(cell) if isinstance(cell, date) else cell)


class Csv(BaseRenderer):
    """text/csv."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"
    write = staticmethod(as_csv)

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The file; a problem is told as JSON."""
        if isinstance(data, bytes):
            return data
        return b"" if data is None else dumps(data)


class Xlsx(Csv):
    """An Excel workbook."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"
    charset = None  # type: ignore[assignment]  # bytes have none
    render_style = "binary"
    write = staticmethod(as_xlsx)


TABLES = [Json, Csv, Xlsx]


def wants_table(request: Request) -> bool:
    """Whether the client asks for a file rather than JSON."""
    return isinstance(request.accepted_renderer, Csv)


def table_answer(request: Request, table: Table) -> Any:
    """The table as the client asks for it, with a file name and an ETag; of more rows than one
    waits for, the job that writes it."""
    renderer: Any = request.accepted_renderer
    if not isinstance(renderer, Csv):
        raise NotAcceptable
    if later := deferred(request, len(table.rows), table.name):
        return later
    response = answered(request, renderer.write(table))
    if response.status_code == 200:
        name = f"{table.name}.{renderer.format}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def flattened(inputs: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names in these mappings, each once, in the order in which they come."""
    return list(dict.fromkeys(name for each in inputs for name in each))
