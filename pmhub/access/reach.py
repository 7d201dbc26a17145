"""Reach: the programmes, projects and other roots of access to which somebody's roles lead, by
their ids.

"A row whose project is in a programme of my portfolio" has PostgreSQL look through what all
portfolios hold, in each statement anew, where there is more than one way from a row to a portfolio.
By the ids of these projects it takes an index. So the ids are read once, where a request only
reads, and cached until they are others; not of the past, nor of so many that a statement would
rather look through all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet

from pmhub.access.grants import Grants
from pmhub.database import past, touches
from pmhub.database.cached_reads import CachedReads

MOST = 500  # of each kind: above it they are looked for in each statement
KEPT = 2_000_000  # bytes that a process keeps of them

_cache = CachedReads(KEPT)
_each_time = ContextVar("each_time", default=False)


class Reach(Protocol):
    """What is reached of a model."""

    def holds(self, name: str) -> Q:
        """Return the condition that a relation, or `pk`, names one of it."""


@dataclass(frozen=True, slots=True)
class ReadReach:
    """What is reached of a model from where roles are held, as pairs of a kind and an id."""

    model: Any
    held: tuple[tuple[str, int], ...]
    rows: Callable[[], QuerySet] = field(compare=False)

    @property
    def ids(self) -> str | None:
        """Return the ids as an array of PostgreSQL; None where they are too many."""
        return _cache(("reach", self.model), self.held, self._read, self._size)

    def _read(self) -> str | None:
        # In no order: in that of ids, PostgreSQL would rather look through all.
        ids = sorted(self.rows().order_by().values_list("pk", flat=True)[: MOST + 1])
        return None if len(ids) > MOST else f"{{{','.join(map(str, ids))}}}"

    def _size(self, ids: str | None) -> int:
        return 100 * (1 + len(self.held)) + len(ids or "")

    def holds(self, name: str) -> Q:
        """Return the condition that a relation, or `pk`, names one of it."""
        return Q(InReach(name, self, self.ids or "{}"))


class InReach(Func):
    """Whether a column holds the id of something in reach. The ids are read when it is written as
    SQL: whoever notes then what is read notes that they were."""

    template = "(%(expressions)s IS NOT NULL AND %(expressions)s = ANY(%%s::bigint[]))"

    def __init__(self, name: str, reach: ReadReach, before: str) -> None:
        super().__init__(F(name), output_field=BooleanField())
        self.reach, self.before = reach, before

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        """Return the condition and its parameters."""
        sql, given = super().as_sql(*args, **kwargs)
        ids = self.reach.ids if touches.is_one_moment() else None
        return sql, [*given, ids or self.before]


class InFew(Func):
    """Whether a column holds one of the ids of an array."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


@dataclass(frozen=True, slots=True)
class NamedReach:
    """An id that stands for what is reached, and is named when it is asked for."""

    id: int

    def holds(self, name: str) -> Q:
        """Return the condition that a relation, or `pk`, names one of it."""
        return Q(**{f"{name}__in": [self.id]})


def reached(model: Any, grants: Grants, rows: Callable[[], QuerySet]) -> Reach | None:
    """Return what is reached of a root of access within others, which are these rows of it; None
    where no role leads there, and where the database is to be asked for it each time."""
    if not model.grant_kind or not model.visible_through:
        return None
    held = tuple(sorted(at for at in grants.roles if at[0] in _kinds_above(model)))
    if not held:
        return None
    if grants.reached is not None:
        id = grants.reached.get(model.grant_kind)
        return None if id is None else NamedReach(id)
    if past.is_past() or not touches.is_one_moment() or _each_time.get():
        return None
    reach = ReadReach(model, held, rows)
    return None if reach.ids is None else reach


def among(name: str, ids: QuerySet) -> Q:
    """Return the condition that a relation names one of a few rows, whose ids are found first: as
    one way of several it takes an index then."""
    return Q(InFew(F(name), ArraySubquery(ids)), **{f"{name}__isnull": False})


def is_by_ids(condition: Q) -> bool:
    """Return whether a condition names ids, and no rows that are to be found."""
    values = (child[1] for child in condition.children if isinstance(child, tuple))
    return not any(isinstance(value, QuerySet) for value in values)


@contextmanager
def asked_each_time() -> Iterator[None]:
    """Write conditions that hold whatever is reached: they may be kept."""
    token = _each_time.set(True)
    try:
        yield
    finally:
        _each_time.reset(token)


@cache
def _kinds_above(model: Any) -> frozenset[str]:
    """Return the kinds of objects on which a role leads to rows of a model."""
    kinds = {model.grant_kind} - {None}
    above = (model._meta.get_field(name).related_model for name in model.visible_through)
    return frozenset(kinds.union(*map(_kinds_above, above)))
