"""Blocks of code that only read, as of one moment: each stamp, question and statement at most
once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Moment:
    """What was read inside a block: the stamps of tables by topic, the digests of answers by
    question, and the rows by statement and parameters."""

    stamps: dict[str, int] = field(default_factory=dict)
    answers: dict[Hashable, bytes] = field(default_factory=dict)
    rows: dict[Hashable, list[Any]] = field(default_factory=dict)


_current: ContextVar[Moment | None] = ContextVar("moment", default=None)


@contextmanager
def of_one_moment() -> Iterator[None]:
    """Inside the block, read the stamps of all tables at once, and ask each statement and question
    at most once. It is for code that only reads: a write inside changes no answer. A block inside
    another one is part of it."""
    if is_one_moment():
        yield
        return
    token = _current.set(Moment())
    try:
        yield
    finally:
        _current.reset(token)


def is_one_moment() -> bool:
    """Return whether the code runs inside `of_one_moment`."""
    return _current.get() is not None


def current_moment() -> Moment | None:
    """Return what the block around has read; None outside of `of_one_moment`."""
    return _current.get()
