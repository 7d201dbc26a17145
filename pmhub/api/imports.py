"""Imported tables: the rows of a CSV or XLSX file as the items of a bulk.

A column is named as in a file of the list: by a field, by a reference (the cells hold codes), by a
reference with `_id`, or by `custom.` and the name of a custom field. A row with an `id` changes
that record, in the `version` that it names; every other row makes a record, but with `match=code`
it changes the record that already has its code. An empty cell is ignored, or with `empty=clear`
removes the stored value. Read-only columns are passed over, so that a file of the list can be sent
back.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import IO, Any

from rest_framework.parsers import BaseParser

from pmhub.api.columns import CSV, MONEY_UNIT, XLSX, has_code, has_money, related_to
from pmhub.api.import_cells import Cell, text_of, trimmed
from pmhub.api.import_columns import ADDRESS, Column, named_by_id, parts_of
from pmhub.api.import_matching import match_codes
from pmhub.api.parsing import check_text, is_text
from pmhub.api.problems import Problem, parameter_problem
from pmhub.database.custom import COLUMN, PREFIX
from pmhub.filters.custom import custom_fields
from pmhub.queries.codes import ids_by_code
from pmhub.serializers.custom import field_of

AT_ONCE = 500  # rows that are written while somebody waits, as of a bulk
MOST = 10_000  # rows
LARGEST = 5_000_000  # bytes of a file
OPTIONS = {"match": "code", "empty": "clear"}
NEEDED = "This is needed: fill in the cell, or leave the column out of the file."
WIDEST = 500  # columns
DEEPEST = 20_000  # rows of a sheet, the empty ones among them
LARGEST_SHEET = 20_000_000  # bytes of a workbook that is unpacked
DELIMITERS = ",;\t"
UNKNOWN = "There is no such column here."
TWICE = "There are two columns of this name."
STRAY = "This stands in no column: give it a heading, or quote a text that holds a comma."

Line = tuple[int, Sequence[Cell]]  # the number of a row, and its cells
Error = dict[str, Any]


class Rows(list[Any]):
    """The items of a file, and the place of each value: the numbers of the rows, and the titles of
    the columns by field; and the file itself."""

    numbers: Sequence[int] = ()
    titles: Mapping[str, str] = {}
    body, media_type = b"", ""

    def __init__(self, items: Iterable[Any]) -> None:
        super().__init__(items)
        self.empty: dict[int, list[str]] = {}  # the fields that items take away, by their index
        self.unread: list[Error] = []  # what could not be read

    def check_read(self) -> None:
        """Raise a 400 problem that names the cells that could not be read, by row and column."""
        if self.unread:
            raise _refused(self.unread)

    @property
    def problems(self) -> dict[int, Problem]:
        """The problems of the items with cells that could not be read, by index, to be reported
        together with other refusals."""
        places = {number: index for index, number in enumerate(self.numbers)}
        found: dict[int, list[Error]] = {}
        for error in self.unread:
            found.setdefault(places[error["row"]], []).append(error)
        return {
            index: Problem(400, "invalid", errors[0]["detail"], errors=errors)
            for index, errors in found.items()
        }

    def place_of(self, place: str) -> Error:
        """Return the row and the column of the file to which the pointer of an error leads."""
        index, *path = place.strip("/").split("/")
        if not index.isdecimal() or int(index) >= len(self.numbers):
            return {}
        name = ".".join(path[:2]) if path[:1] == [COLUMN] else "".join(path[:1])
        title = {"column": self.titles.get(name, name)} if name else {}
        return {"row": self.numbers[int(index)], **title}


def changes(items: Any, item: Any) -> bool:
    """Return whether an item is a row of a file that changes a record."""
    return isinstance(items, Rows) and "id" in item


@contextmanager
def located_by_row(items: Any) -> Iterator[None]:
    """Add the row and the column of the file to each error of a problem that is raised within."""
    try:
        yield
    except Problem as problem:
        if isinstance(items, Rows):
            for error in problem.errors:
                error.update(items.place_of(error["pointer"]))
        raise


class CsvRows(BaseParser):
    """text/csv, in UTF-8."""

    media_type = CSV

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the items; raises a 400 or 413 problem that names rows and columns."""
        body = _body(stream)
        rows = Import(parser_context["view"]).rows(self.lines(body))
        rows.body, rows.media_type = body, self.media_type
        return rows

    def lines(self, body: bytes) -> Iterator[Line]:
        """Yield the lines of the file with their numbers."""
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise _malformed("The file is not UTF-8.") from None
        heading = text.partition("\n")[0]
        delimiter = max(DELIMITERS, key=heading.count)
        try:
            yield from enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1)
        except csv.Error as error:
            raise _malformed(f"The file is no CSV: {error}.") from None


class XlsxRows(CsvRows):
    """The first sheet of an Excel workbook."""

    media_type = XLSX

    def lines(self, body: bytes) -> Iterator[Line]:
        """Yield the rows of the sheet with their numbers."""
        import openpyxl  # noqa: PLC0415  # most processes never read a workbook, and it is large

        try:
            with zipfile.ZipFile(io.BytesIO(body)) as parts:
                unpacked = sum(part.file_size for part in parts.infolist())
            if unpacked > LARGEST_SHEET:
                raise _too_large()
            book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True)
            sheet: Any = book.worksheets[0]
            rows = sheet.iter_rows(values_only=True, max_col=WIDEST + 1)
            lines = [trimmed(row) for row in islice(rows, DEEPEST + 1)]
        except Problem:
            raise
        except Exception:  # noqa: BLE001  # a broken workbook breaks openpyxl in any way
            raise _malformed("The file is no workbook of Excel.") from None
        if len(lines) > DEEPEST:
            raise _malformed(f"The sheet goes on below row {DEEPEST:,}: delete the rows there.")
        yield from enumerate(lines, 1)


def _body(stream: IO[bytes]) -> bytes:
    body = stream.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise _too_large()
    return body


def _too_large() -> Problem:
    return Problem(
        413, "too_large", f"A file has at most {LARGEST // 10**6} MB here: split it into several."
    )


def _malformed(text: str) -> Problem:
    return Problem(400, "parse_error", text)


class Import:
    """Turns the rows of a file into items of the resource of `view`, as its user."""

    def __init__(self, view: Any) -> None:
        self.view = view

    @cached_property
    def custom(self) -> Mapping[str, Any]:
        """The custom fields that the user sees, by their names in files."""
        return custom_fields(self.view.model, self.view.request.user)

    @cached_property
    def known(self) -> Mapping[str, Any]:
        """The fields of a record and its custom fields, each in a column of its own, by their names
        in files."""
        own = {name: field_of(described) for name, described in self.custom.items()}
        fields = self.view.get_serializer().fields
        return {name: field for name, field in fields.items() if name != COLUMN} | own

    def rows(self, lines: Iterable[Line]) -> Rows:
        """Return the items, with the errors of cells that could not be read; raises a 400 problem
        that names wrong columns."""
        said = self._filled_rows(lines)
        if not said:
            raise _malformed("The file has no row.")
        (first, heading), *below = said
        columns = self._columns(heading, first)
        self._look_up(columns, [texts for _, texts in below])
        errors = [*_stray(heading, below)]
        rows = Rows(self._item(columns, number, texts, errors) for number, texts in below)
        rows.numbers = [number for number, _ in below]
        rows.titles = {column.name: column.title for column in columns}
        if self._chosen("match"):
            for index, text in match_codes(self.view, rows):
                errors.append(_at(rows.numbers[index], "code", "invalid", text))
        if self._chosen("empty"):
            for index, (number, texts) in enumerate(below):
                empty = [column for column in columns if not column.cell_of(texts).strip()]
                rows.empty[index] = _emptied(rows[index], empty, number, errors)
        rows.unread = errors
        if len(rows) > AT_ONCE:
            rows.check_read()  # errors of fewer rows are reported with those of the bulk
        return rows

    def _chosen(self, option: str) -> bool:
        """Return whether the request chooses an option of imports; raises a 400 problem for a wrong
        value."""
        said, chosen = self.view.request.query_params.get(option), OPTIONS[option]
        if said not in (None, chosen):
            raise parameter_problem(
                option, "invalid_choice", f"Say {option}={chosen}, or leave it out."
            )
        return said is not None

    def _filled_rows(self, lines: Iterable[Line]) -> list[tuple[int, list[str]]]:
        """Return the rows that are not empty, as texts. A file with more than 10,000 rows is
        refused before the rest of it is read."""
        said: list[tuple[int, list[str]]] = []
        for number, cells in lines:
            if len(cells) > WIDEST:
                raise _malformed(f"Row {number} has more than {WIDEST} columns.")
            if any(texts := list(map(text_of, cells))):
                said.append((number, texts))
            if len(said) > MOST + 1:
                text = f"A file has at most {MOST:,} rows here: send more in several files."
                raise _malformed(text)
        return said

    def _columns(self, heading: Sequence[str], row: int) -> list[Column]:
        columns, errors = [], []
        names = [title.strip() for title in heading]
        times = Counter(names)
        for place, title in enumerate(names):
            column = self._column(place, title)
            if title and times[title] > 1:
                errors.append(_at(row, title, "given_twice", TWICE))
            elif title and column is None:
                errors.append(_at(row, title, "unknown_column", UNKNOWN))
            elif column is not None and column.name:
                columns.append(column)
        if errors:
            raise _refused(errors)
        return columns

    def _column(self, place: int, title: str) -> Column | None:
        """Return the column with this title; its `name` is empty where the column is passed over.
        None where the resource has no such column."""
        if title in ADDRESS:
            return Column(place, title, title)
        if title == MONEY_UNIT and has_money(self.view):
            return Column(place, title, "")
        name = title if title in self.known else title.removesuffix("_id")
        model = related_to(self.view.model, name, self.custom) if name in self.known else None
        if name not in self.known or (name != title and model is None):
            return None
        by_code = model is not None and name == title and has_code(model)
        own = "" if self.known[name].read_only else name
        return Column(place, title, own, self.known[name], model if by_code else None)

    def _look_up(self, columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> None:
        """Find the records that codes in the cells name: one query for each column that holds
        codes."""
        for column in columns:
            if column.named is None:
                continue
            said = {
                part for texts in lines for part in parts_of(column.cell_of(texts)) if is_text(part)
            }
            rows = column.named._default_manager.visible_to(self.view.request.user)
            column.ids = ids_by_code(rows, said)

    def _item(
        self, columns: Sequence[Column], number: int, texts: Sequence[str], errors: list[Error]
    ) -> dict[str, Any]:
        item: dict[str, Any] = {}
        for column in columns:
            text = column.cell_of(texts)
            if not text.strip() or named_by_id(column, columns, texts):
                continue
            try:
                check_text(text, ())
                value = column.value(text)
            except ValueError as error:
                errors.append(_at(number, column.title, "invalid", str(error)))
            except Problem as problem:
                errors.append(_at(number, column.title, problem.errors[0]["code"], problem.text))
            else:
                _put(item, column, value, number, errors)
        return item


def _put(
    item: dict[str, Any], column: Column, value: Any, number: int, errors: list[Error]
) -> None:
    """Put a value at its place in an item. A code and an id may both name a reference if they name
    the same record; otherwise an error is added to `errors`."""
    place, name = item, column.name
    if name.startswith(PREFIX):
        place, name = item.setdefault(COLUMN, {}), name.removeprefix(PREFIX)
    if name in place and _plain(place[name]) != _plain(value):
        text = f"{column.name} and {column.name}_id name two records."
        errors.append(_at(number, column.title, "given_twice", text))
    place[name] = value


def _plain(value: Any) -> Any:
    """Return a value as text, to compare a reference with the column of its ids; a list as a set of
    texts, as its order does not matter."""
    return {*map(str, value)} if isinstance(value, list) else str(value)


def _emptied(
    item: dict[str, Any], columns: Sequence[Column], number: int, errors: list[Error]
) -> list[str]:
    """Have a changed record lose the values of its empty cells; return the names of the fields."""
    empty = [] if "id" not in item else [c for c in columns if c.name not in (*ADDRESS, *item)]
    for column in empty:
        if column.nothing is None and not getattr(column.field, "allow_null", True):
            errors.append(_at(number, column.title, "null", NEEDED))
        _put(item, column, column.nothing, number, [])
    return [column.name for column in empty]


def _stray(heading: Sequence[str], lines: Sequence[tuple[int, Sequence[str]]]) -> Iterator[Error]:
    """Yield an error for each filled cell under no heading, such as the text after an unquoted
    comma."""
    named = [bool(title.strip()) for title in heading]
    for number, texts in lines:
        for place, text in enumerate(texts):
            if text.strip() and not (place < len(named) and named[place]):
                yield _at(number, f"column {place + 1}", "unknown_column", STRAY)


def _at(row: int, column: str, code: str, text: str) -> Error:
    return {"pointer": "", "row": row, "column": column, "code": code, "detail": text}


def _refused(errors: list[Error]) -> Problem:
    first = errors[0]
    text = f"Nothing was saved. Row {first['row']}, {first['column']}: {first['detail']}"
    return Problem(400, "invalid", text, errors=errors)
