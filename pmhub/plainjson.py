"""Dataclasses of plain values as JSON, and back: what is computed once and read by pages.

Fields may be numbers, text, days, decimals, tuples and mappings of these, other such dataclasses,
or one of them and None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson


def plain(value: Any) -> Any:
    """The value as JSON has it: decimals and days are text."""
    return orjson.loads(orjson.dumps(value, str))


def restored(kind: Any, value: Any) -> Any:
    """The value of that type which `plain` made this of."""
    if kind in (Decimal, date) and value is not None:
        return Decimal(value) if kind is Decimal else date.fromisoformat(value)
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _one_of(get_args(kind), value)
    if origin is tuple:
        return _tuple(get_args(kind), value)
    if origin in (dict, Mapping):
        return {name: restored(get_args(kind)[1], each) for name, each in value.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**{name: restored(hint, value[name]) for name, hint in _hints(kind)})
    return value


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    """None, or text where text may be, or the one other type there is."""
    if value is None or (str in kinds and isinstance(value, str)):
        return value
    (kind,) = (each for each in kinds if each not in (NoneType, str))
    return restored(kind, value)


def _tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if kinds[1:] == (...,):
        return tuple(restored(kinds[0], each) for each in value)
    return tuple(restored(kind, each) for kind, each in zip(kinds, value, strict=True))


@cache
def _hints(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((each.name, hints[each.name]) for each in fields(kind))
