"""JSON in: what stock parsers let through and later crash on is refused here, with its place."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any, NoReturn

from rest_framework.parsers import BaseParser

from pmhub.api.problems import Refused, at, pointer

LARGEST_BODY = 1_000_000
DEEPEST = 20
MOST_ZEROS = 40  # before or behind the digits of a number: nothing that is stored has as many


class Repeating(dict[str, Any]):
    """An object in which a name was given twice: `twice`."""

    twice = ""


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
            raise Refused(413, "too_large", f"The body is larger than {LARGEST_BODY:,} bytes.")
        return loads(body)


def loads(body: bytes) -> Any:
    """Parse and check JSON text in UTF-8."""
    try:
        data = json.loads(
            body.decode("utf-8"),
            parse_float=_decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        raise Refused(400, "parse_error", "The body is not UTF-8.") from None
    except ValueError as error:  # JSONDecodeError, or a whole number of thousands of digits
        raise Refused(400, "parse_error", f"The body is not valid JSON: {error}") from None
    for path, value in _walk(data):
        if isinstance(value, str):
            _check(value, path)
        elif isinstance(value, Decimal):
            _check_size(value, path)
    return data


def _no_constant(name: str) -> NoReturn:
    raise Refused(400, "not_finite", f"{name} is not JSON: give a number.")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what Python can hold
        return Decimal("Infinity")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    repeating, seen = Repeating(result), set[str]()
    for name, _ in pairs:
        if name in seen:
            repeating.twice = name
            break
        seen.add(name)
    return repeating


def _walk(data: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value, and every name of an object, with its path."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > DEEPEST:
            raise _too_deep()
        if isinstance(value, Repeating):
            place = pointer(*path, value.twice)
            raise at(place, "duplicate_key", "This name is given twice.")
        if isinstance(value, dict):
            for key, below in value.items():
                yield (*path, key), key
                waiting.append(((*path, key), below))
        elif isinstance(value, list):
            waiting.extend(((*path, index), below) for index, below in enumerate(value))
        else:
            yield path, value


def _check(text: str, path: tuple[str | int, ...]) -> None:
    if "\x00" in text:
        raise at(pointer(*path), "null_character", "Text cannot hold the NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise at(pointer(*path), "surrogate", "Text cannot hold half a character.") from None


def _check_size(number: Decimal, path: tuple[str | int, ...]) -> None:
    if not number.is_finite() or abs(number.adjusted()) > MOST_ZEROS:
        raise at(pointer(*path), "out_of_range", "This number is larger or finer than any here.")


def _too_deep() -> Refused:
    return Refused(400, "too_deep", f"The body is nested more than {DEEPEST} levels deep.")
