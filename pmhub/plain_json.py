"""Dataclasses of plain values as JSON, and back: for what is computed once and read by pages.

A dataclass is written as a JSON object; where there are many of the same, as a list of its fields,
which takes half the time to store and a third of the space. Fields may be numbers, text, days,
decimals, tuples and mappings of these, other such dataclasses, or one of them and None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from json import JSONEncoder
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson


def written(value: Any) -> bytes:
    """Return the value as JSON; decimals and days are text."""
    return orjson.dumps(value, str)


def written_as_rows(values: Iterable[Any]) -> bytes:
    """Return dataclasses of one kind as JSON, each as a list of its fields."""
    return orjson.dumps([*values], _row, option=orjson.OPT_PASSTHROUGH_DATACLASS)


def _row(value: Any) -> Any:
    if not is_dataclass(value):
        return str(value)
    kind: Any = type(value)
    return _values_of(kind)(value)


@cache
def _values_of(kind: Any) -> attrgetter[tuple[Any, ...]]:
    return attrgetter(*_names(kind))


class AsWritten(JSONEncoder):
    """The encoder of a JSON field that stores a value `written` already as it is."""

    def encode(self, o: Any) -> str:
        """Return the JSON of a value."""
        return o.decode() if isinstance(o, bytes) else super().encode(o)


def restored(kind: Any, value: Any) -> Any:
    """Return the value of type `kind` that was `written` as this."""
    if kind in (Decimal, date) and value is not None:
        return Decimal(value) if kind is Decimal else date.fromisoformat(value)
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _one_of(get_args(kind), value)
    if origin is tuple:
        return _tuple(get_args(kind), value)
    if origin in (dict, Mapping):
        return {name: restored(get_args(kind)[1], item) for name, item in value.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        return _dataclass(kind, value)
    return value


def _dataclass(kind: Any, value: Any) -> Any:
    if isinstance(value, list):
        value = dict(zip(_names(kind), value, strict=True))
    return kind(**{name: restored(hint, value[name]) for name, hint in _hints(kind)})


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    """Return a value of one of several types: None, text if text is among them, or else the only
    other type."""
    if value is None or (str in kinds and isinstance(value, str)):
        return value
    (kind,) = (kind for kind in kinds if kind not in (NoneType, str))
    return restored(kind, value)


def _tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if kinds[1:] == (...,):
        return tuple(restored(kinds[0], item) for item in value)
    return tuple(restored(kind, item) for kind, item in zip(kinds, value, strict=True))


def _names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]


@cache
def _hints(kind: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))
