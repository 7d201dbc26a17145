"""Reach: the ids of the programmes, projects and other roots of access to which a user's roles
lead.

For "a row whose project is in a programme of my portfolio" PostgreSQL looks through the rows of all
portfolios, in each statement again, if there is more than one path from a row to a portfolio. With
the ids of these projects it uses an index. So a request that only reads reads these ids once, and
they are cached until they change. They are not read for the past, nor used if there are so many
that looking through all rows is faster.
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
from pmhub.database import past
from pmhub.database.cached_reads import CachedReads
from pmhub.database.one_moment import is_one_moment

MOST = 500  # ids kept for each kind; if there are more, each statement looks them up
KEPT = 2_000_000  # bytes of ids that a process keeps

_cache = CachedReads(KEPT)
_each_time = ContextVar("each_time", default=False)


class Reach(Protocol):
    """The rows of a model that are reached."""

    def holds(self, name: str) -> Q:
        """Return the condition that a relation, or `pk`, names one of the reached rows."""


@dataclass(frozen=True, slots=True)
class ReadReach:
    """The rows of a model that are reached from the objects `held`, pairs of kind and id, on which
    the user has roles. `rows` returns the queryset that finds them."""

    model: Any
    held: tuple[tuple[str, int], ...]
    rows: Callable[[], QuerySet] = field(compare=False)

    @property
    def ids(self) -> str | None:
        """The ids as a literal array of PostgreSQL; None if there are more than `MOST`."""
        return _cache(("reach", self.model), self.held, self._read, self._size)

    def _read(self) -> str | None:
        # Unordered: to sort by id, PostgreSQL would rather scan the whole table.
        ids = sorted(self.rows().order_by().values_list("pk", flat=True)[: MOST + 1])
        return None if len(ids) > MOST else f"{{{','.join(map(str, ids))}}}"

    def _size(self, ids: str | None) -> int:
        return 100 * (1 + len(self.held)) + len(ids or "")

    def holds(self, name: str) -> Q:
        """Return the condition that a relation, or `pk`, names one of the reached rows."""
        return Q(InReach(name, self, self.ids or "{}"))


class InReach(Func):
    """The condition that a column holds one of the reached ids. The ids are read when the condition
    is compiled to SQL, so that whoever notes the reads of a query then notes this one too."""

    template = "(%(expressions)s IS NOT NULL AND %(expressions)s = ANY(%%s::bigint[]))"

    def __init__(self, name: str, reach: ReadReach, before: str) -> None:
        super().__init__(F(name), output_field=BooleanField())
        self.reach, self.before = reach, before

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        """Return the SQL of the condition and its parameters."""
        sql, given = super().as_sql(*args, **kwargs)
        ids = self.reach.ids if is_one_moment() else None
        return sql, [*given, ids or self.before]


class InFew(Func):
    """The condition that a column holds one of the ids of an array."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


@dataclass(frozen=True, slots=True)
class NamedReach:
    """An id that stands for the reached rows in a compiled statement; the real ids are given when
    it is executed."""

    id: int

    def holds(self, name: str) -> Q:
        """Return the condition that a relation, or `pk`, names one of the reached rows."""
        return Q(**{f"{name}__in": [self.id]})


def reached(model: Any, grants: Grants, rows: Callable[[], QuerySet]) -> Reach | None:
    """Return the reach of a model that is a root of access within other roots; `rows` returns the
    queryset that finds its rows. None for any other model, if no role leads to it, and if each
    query has to find the rows itself."""
    if not model.grant_kind or not model.visible_through:
        return None
    held = tuple(sorted(at for at in grants.roles if at[0] in _kinds_above(model)))
    if not held:
        return None
    if grants.reached is not None:
        id = grants.reached(model, held)
        return None if id is None else NamedReach(id)
    if past.is_past() or not is_one_moment() or _each_time.get():
        return None
    reach = ReadReach(model, held, rows)
    return None if reach.ids is None else reach


def among(name: str, ids: QuerySet) -> Q:
    """Return the condition that a relation names one of a few rows, whose ids are read first:
    beside other conditions joined by OR it can then use an index."""
    return Q(InFew(F(name), ArraySubquery(ids)), **{f"{name}__isnull": False})


def is_by_ids(condition: Q) -> bool:
    """Return whether a condition compares with ids only, not with the result of a query."""
    values = (child[1] for child in condition.children if isinstance(child, tuple))
    return not any(isinstance(value, QuerySet) for value in values)


@contextmanager
def fresh_conditions() -> Iterator[None]:
    """Inside the block, build conditions without ids that were read before: they stay right when
    the reach changes, and can be cached."""
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
