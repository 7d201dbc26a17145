"""Parsers of JSON and forms: they refuse, with its place, input that stock parsers accept and that
fails later."""

import errno
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.parsers import BaseParser

from pmhub.api.problems import Problem, body_problem, pointer
from pmhub.attachments import StoreUnavailable, Upload
from pmhub.models import LARGEST_FILE

LARGEST_BODY = 1_000_000
AROUND_A_FILE = 100_000  # bytes of a form beside its file
FULL = (errno.ENOSPC, errno.EDQUOT)
DEEPEST = 20
MOST_ZEROS = 40  # before or behind the digits of a number: nothing that is stored has as many


class RepeatedNames(dict[str, Any]):
    """A JSON object that gives a name twice; `twice` is that name."""

    twice = ""


@dataclass(frozen=True)
class _NotFinite:
    """`NaN`, or an infinity, in the place of a number."""

    name: str


class Json(BaseParser):
    """application/json, numbers with a point as Decimal, never as float."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Parse the body; raises a 400 or 413 problem."""
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise Problem(413, "too_large", f"The body is larger than {LARGEST_BODY:,} bytes.")
        return loads(body)


def loads(body: bytes) -> Any:
    """Parse and check JSON text in UTF-8."""
    try:
        data = json.loads(
            body.decode("utf-8"),
            parse_float=_decimal,
            parse_constant=_NotFinite,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        raise Problem(400, "parse_error", "The body is not UTF-8.") from None
    except ValueError as error:  # JSONDecodeError, or a whole number of thousands of digits
        raise Problem(400, "parse_error", f"The body is not valid JSON: {error}") from None
    for path, value in _walk(data):
        if isinstance(value, str):
            check_text(value, path)
        elif isinstance(value, _NotFinite):
            detail = f"{value.name} is not JSON: give a number."
            raise body_problem(pointer(*path), "not_finite", detail)
        elif isinstance(value, Decimal | int):
            _check_size(Decimal(value), path)
    return data


class Form(BaseParser):
    """multipart/form-data: fields as text, files as an `Upload`, which lies on disk where it is
    large."""

    media_type = "multipart/form-data"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Parse the body; raises a 400 or 413 problem."""
        request = (parser_context or {})["request"]
        meta = {**request.META, "CONTENT_TYPE": media_type or ""}
        length = meta.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > LARGEST_FILE + AROUND_A_FILE:
            raise _too_large_a_file()
        handlers = request._request.upload_handlers
        try:
            fields, files = MultiPartParser(meta, stream, handlers, "utf-8").parse()
        except (TooManyFieldsSent, TooManyFilesSent, RequestDataTooBig) as error:
            raise Problem(413, "too_large", str(error)) from None
        except MultiPartParserError as error:
            raise Problem(400, "parse_error", f"The form is not valid: {error}") from None
        except OSError as error:
            if error.errno in FULL:  # where a large file lies while it arrives
                raise StoreUnavailable from error
            raise
        return _form(fields, files)


def _form(fields: Any, files: Any) -> dict[str, Any]:
    """Return the fields and files of a form by name; raises a problem for a name that is given
    twice."""
    form: dict[str, Any] = {}
    for name, values in [*fields.lists(), *files.lists()]:
        check_text(name, ())
        if len(values) > 1 or name in form:
            raise body_problem(pointer(name), "duplicate_key", "This name is given twice.")
        form[name] = values[0]
        if isinstance(values[0], str):
            check_text(values[0], (name,))
        elif values[0].size > LARGEST_FILE:
            raise _too_large_a_file()
        else:
            form[name] = Upload.of(values[0])
    return form


def _too_large_a_file() -> Problem:
    most = f"A file has at most {LARGEST_FILE // 1024**2} MB"
    return Problem(413, "too_large", f"{most}: choose a smaller one, or add a link to it.")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what Python can hold
        return Decimal("Infinity")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    repeating, seen = RepeatedNames(result), set[str]()
    for name, _ in pairs:
        if name in seen:
            repeating.twice = name
            break
        seen.add(name)
    return repeating


def _walk(data: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield every value, and every name of an object, with its path."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > DEEPEST:
            raise _too_deep()
        if isinstance(value, RepeatedNames):
            place = pointer(*path, value.twice)
            raise body_problem(place, "duplicate_key", "This name is given twice.")
        if isinstance(value, dict):
            for key, below in value.items():
                yield (*path, key), key
                waiting.append(((*path, key), below))
        elif isinstance(value, list):
            waiting.extend(((*path, index), below) for index, below in enumerate(value))
        else:
            yield path, value


def check_text(text: str, path: tuple[str | int, ...]) -> None:
    """Raise a 400 problem for text that cannot be stored."""
    if "\x00" in text:
        raise body_problem(pointer(*path), "null_character", "Text cannot hold the NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise body_problem(
            pointer(*path), "surrogate", "Text cannot hold half a character."
        ) from None


def is_text(text: str) -> bool:
    """Return whether text can be stored."""
    try:
        check_text(text, ())
    except Problem:
        return False
    return True


def _check_size(number: Decimal, path: tuple[str | int, ...]) -> None:
    if not number.is_finite() or abs(number.adjusted()) > MOST_ZEROS:
        raise body_problem(
            pointer(*path), "out_of_range", "This number is larger or finer than any here."
        )


def _too_deep() -> Problem:
    return Problem(400, "too_deep", f"The body is nested more than {DEEPEST} levels deep.")
