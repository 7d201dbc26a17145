"""Tables as CSV and XLSX files, in which no text is ever a formula.

Every file is answered by `table_answer`. A short one is sent in one piece, with the digest of its
bytes as its ETag; rows that are read while the file is written (`Table.many`) are sent in batches.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import IO, Any

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotAcceptable
from rest_framework.request import Request

from pmhub.api.columns import CSV, DANGEROUS, XLSX
from pmhub.api.json_rendering import Json
from pmhub.api.problems import Problem
from pmhub.api.revalidation import PRIVATE, answered, not_modified
from pmhub.api.table_jobs import deferred
from pmhub.table_formats import FORMATS

MARK = b"\xef\xbb\xbf"  # by which spreadsheets know UTF-8
OF_NO_SHEET = re.compile(r"[\[\]:*?/\\]|^'|'$")  # what the name of a sheet may not hold
LONGEST_NAME = 31  # characters of the name of a sheet
LONGEST_SHEET = 1_048_575  # rows below the heading
PIECE = 500  # rows of CSV that are sent at once
CHUNK = 64 * 1024  # bytes of a workbook that are sent at once
Cell = str | int | float | Decimal | date | datetime | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """A heading row and rows; `name` is the name of the file, without its ending. `many` is the
    number of rows where they are read while the file is written."""

    name: str
    heading: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    many: int | None = None

    @property
    def size(self) -> int:
        """The number of rows."""
        if self.many is not None:
            return self.many
        return len(self.rows) if isinstance(self.rows, Sized) else 0


def csv_pieces(table: Table) -> Iterator[bytes]:
    """Yield a table as CSV, some rows at a time: in UTF-8, with the mark by which spreadsheets
    recognise it."""
    yield MARK + _lines([table.heading])
    rows = iter(table.rows)
    while batch := list(islice(rows, PIECE)):
        yield _lines(batch)


def _lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([text_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def text_cell(cell: Cell) -> str:
    """Return a cell as text, with an apostrophe before a text that a spreadsheet would take for a
    formula."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(DANGEROUS) else cell
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def xlsx_pieces(table: Table) -> Iterator[bytes]:
    """Yield a workbook of one sheet in chunks, with one row of it in memory; the same table gives
    the same bytes."""
    with tempfile.TemporaryFile() as file, tempfile.TemporaryDirectory() as rows:
        _write_book(table, file, rows)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def _write_book(table: Table, file: IO[bytes], folder: str) -> None:
    import xlsxwriter  # noqa: PLC0415  # most processes never write a workbook

    options = {"constant_memory": True, "tmpdir": folder, "remove_timezone": True}
    book = xlsxwriter.Workbook(file, options)
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001  # what the library takes
    bold = book.add_format({"bold": True})
    looks = cache(lambda words: book.add_format({"num_format": words}))
    sheet = book.add_worksheet(OF_NO_SHEET.sub("-", table.name)[:LONGEST_NAME])
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(table.heading), 16)
    for column, title in enumerate(table.heading):
        sheet.write_string(0, column, title, bold)
    number = 0
    for number, row in enumerate(table.rows, 1):
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell, looks)
    sheet.autofilter(0, 0, number, max(len(table.heading) - 1, 0))
    book.close()


def _write(sheet: Any, row: int, column: int, cell: Cell, looks: Callable[[str], Any]) -> None:
    """Write a cell; one with decimals, such as an amount, has its thousands set apart."""
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, Decimal):
        sheet.write_number(row, column, cell, looks(_digits(cell)))
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell)
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell, looks("yyyy-mm-dd"))
    else:
        sheet.write_string(row, column, text_cell(cell) if isinstance(cell, date) else cell)


def _digits(number: Decimal) -> str:
    """Return the format of a workbook for a number with as many decimals as it has."""
    exponent = number.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"#,##0.{'0' * places}" if places else "#,##0"


class Csv(Json):
    """text/csv."""

    media_type = CSV
    format = "csv"
    charset = "utf-8"
    most: int | None = None  # rows of such a file
    pieces = staticmethod(csv_pieces)


class Xlsx(Csv):
    """An Excel workbook."""

    media_type = XLSX
    format = "xlsx"
    charset = None  # type: ignore[assignment]  # bytes have none
    render_style = "binary"
    pieces = staticmethod(xlsx_pieces)
    most = LONGEST_SHEET


FILES: list[type[Csv]] = [Csv, Xlsx]
TABLES: list[type[Json]] = [Json, *FILES]
FORMAT = OpenApiParameter("format", enum=["json", *FORMATS])


def wants_table(request: Request) -> bool:
    """Return whether the client asks for a file rather than JSON."""
    return isinstance(request.accepted_renderer, Csv)


def table_answer(request: Request, table: Table, etag: str = "") -> Any:
    """Answer a table as a file in the form that the client asks for, with a file name and an ETag;
    a table with too many rows is left to a job, whose address is answered. Raises a 400 problem for
    more rows than a sheet can hold."""
    renderer: Any = request.accepted_renderer
    if not isinstance(renderer, Csv):
        raise NotAcceptable
    if renderer.most is not None and table.size > renderer.most:
        text = f"A sheet has at most {renderer.most:,} rows: take CSV, or ask for less."
        raise Problem(400, "too_long", text)
    if later := deferred(request, table.size, table.name):
        return later
    pieces = renderer.pieces(table)
    if table.many is None:
        response = answered(request, b"".join(pieces), etag)
    else:
        response = not_modified(request, etag=etag) or _sent(pieces, renderer, etag)
    if response.status_code == 200:
        name = f"{table.name}.{renderer.format}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _sent(pieces: Iterator[bytes], renderer: Any, etag: str) -> Any:
    charset = f"; charset={renderer.charset}" if renderer.charset else ""
    response = StreamingHttpResponse(pieces, content_type=f"{renderer.media_type}{charset}")
    response["Cache-Control"] = PRIVATE
    if etag:
        response["ETag"] = f'"{etag}"'
    return response


def flattened(inputs: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names in these mappings, each once, in the order of their first appearance."""
    return list(dict.fromkeys(name for value in inputs for name in value))
