"""Queries for rows that a user may see, compiled once for all users with roles on the same kinds of
objects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, Generic, TypeVar

from django.db import models
from django.http import Http404

from pmhub.access import reach_of
from pmhub.access.grants import ORGANISATION, Grants, Reader, grants_of, roots
from pmhub.access.past_rights import hidden_now
from pmhub.access.reach import ReadReach
from pmhub.database import past
from pmhub.database.one_moment import is_one_moment
from pmhub.database.statements import DAY, ID, Rows

LAST_ID = 2**63 - 1  # the largest id; addresses may have larger ones
HELD = -10  # from here down: placeholders for the ids, by kind, on which roles are held
REACHED = -40  # and for the ids, by kind, that the roles reach

# Fields of a record that are read together with its ancestors.
STEADY = ("id", "code", "name", "title", "status", "state", "archived_at")

Row = TypeVar("Row")


class _StandIn(Reader):
    """Stands, while a query is compiled, for any user with roles on objects of these kinds; an id
    stands for the objects of each kind. Asking for the user's id or for the names of the roles
    raises TypeError."""

    def __init__(self, held: Mapping[str, int], reached: Mapping[str, int]) -> None:
        roles = _Unnamed({(kind, id): {kind} for kind, id in held.items()})
        self._grants = Grants(
            roles, day=DAY, reached=lambda model, _: reached.get(model.grant_kind)
        )

    @property
    def pk(self) -> int:
        """Raise TypeError: a query for one user's own rows cannot be compiled for others."""
        raise TypeError("Which rows these are depends on who asks.")


class _Unnamed(dict[Any, Any]):
    def items(self) -> Any:
        raise TypeError("Which rows these are depends on which roles are held.")


class ScopedRows(Generic[Row]):
    """A queryset of rows that a user may see, called as `rows(user, id=…)`; returns the rows as
    `Rows` does.

    `build` is called with a stand-in for the user, and the query is compiled once for all users
    with roles on the same kinds of objects; the ids of these objects are parameters. Its rows are
    records, ids, or tuples that begin with an id. When the past is read, rows that the user may not
    see now are left out.
    """

    def __init__(
        self,
        build: Callable[[Any], models.QuerySet[Any, Row]],
        types: Mapping[str, str] | None = None,
        stand_ins: Mapping[Any, str] | None = None,
    ) -> None:
        self._build, self._types, self._stand_ins = build, types or {}, stand_ins or {}
        self._by_kinds: dict[tuple[frozenset[str], bool], Rows[Row]] = {}

    def __call__(self, user: Any, ids: Sequence[int] = (), **given: Any) -> list[Row]:
        """Return the rows for these parameters that the user may see; none for a stranger."""
        grants = grants_of(user)
        if not grants.roles or given.get("id", 0) > LAST_ID:
            return []
        rows = self.by(grants, ids, **given)
        if not past.is_past():
            return rows
        return _visible_now(self._of(_kinds(grants)).model, rows, user)

    def by(self, grants: Grants, ids: Sequence[int] = (), **given: Any) -> list[Row]:
        """Return the rows for these parameters that these roles let one see, now or in the past
        that is read."""
        kinds = _kinds(grants)
        given |= {f"{kind}_ids": grants.ids(kind) for kind in kinds}
        if not past.is_past() and is_one_moment() and ORGANISATION not in kinds:
            rows = self._of(kinds, reached=True)
            reached = _reached(grants, rows.parameters)
            if None not in reached.values():
                return rows(ids, **given, **reached)
        return self._of(kinds)(ids, **given)

    def _of(self, kinds: frozenset[str], *, reached: bool = False) -> Rows[Row]:
        if (kinds, reached) not in self._by_kinds:
            # A role on the whole organisation has id 0 in place of a record's.
            held = {ORGANISATION: 0} if ORGANISATION in kinds else _places(HELD, kinds)
            within = _places(REACHED, _within()) if reached else {}
            names = {id: f"{kind}_ids" for kind, id in held.items() if id}
            names |= {id: f"{kind}_reach" for kind, id in within.items()}
            self._by_kinds[kinds, reached] = Rows(
                partial(self._build, _StandIn(held, within)),
                types={**self._types, **dict.fromkeys(names.values(), "bigint[]")},
                stand_ins={**self._stand_ins, **names},
            )
        return self._by_kinds[kinds, reached]


def _places(first: int, kinds: Collection[str]) -> dict[str, int]:
    return {kind: first - place for place, kind in enumerate(sorted(kinds))}


@cache
def _within() -> Mapping[str, Any]:
    """Return the roots of access that are within other roots, by kind."""
    return {root.grant_kind: root for root in roots() if root.visible_through}


def _reached(grants: Grants, parameters: Collection[str]) -> dict[str, Any]:
    """Return the ids that the roles reach, for those parameters of a statement that take them; None
    in place of too many ids."""
    roots_by_parameter = {f"{kind}_reach": root for kind, root in _within().items()}
    reached = {
        name: reach_of(roots_by_parameter[name], grants)
        for name in parameters
        if name in roots_by_parameter
    }
    return {
        name: reach.ids if isinstance(reach, ReadReach) else None for name, reach in reached.items()
    }


def _kinds(grants: Grants) -> frozenset[str]:
    if grants.everywhere:
        return frozenset({ORGANISATION})
    return frozenset(kind for kind, _ in grants.roles)


def _visible_now(model: Any, rows: list[Row], user: Any) -> list[Row]:
    hidden = hidden_now(model, map(_id_of, rows), user)
    return [row for row in rows if _id_of(row) not in hidden]


def _id_of(row: Any) -> int:
    if isinstance(row, models.Model):
        row = row.pk
    return int(row[0] if isinstance(row, tuple) else row)


def place_columns(model: Any) -> list[str]:
    """Return the columns of a model that say what a record is and where it belongs."""
    names = {field.name for field in model._meta.concrete_fields}
    return [name for name in (*STEADY, *model.visible_through) if name in names]


@cache
def place_statement(model: Any) -> Rows[Any]:
    """Return a statement that reads a record by its `id`, with the records above it. Of the record
    it reads only the columns of `place_columns`; the others are deferred."""
    above = [*_above(model)]
    rows = model._base_manager.filter(pk=ID).only(*place_columns(model))
    return Rows(lambda: rows.select_related(*above) if above else rows)


def read_anew(record: Any, names: Collection[str] = ()) -> Any:
    """Return a record as `place_statement` reads it, with these further columns; raises Http404 if
    it was deleted meanwhile. A cached value that is made of it depends on what is asked of it, not
    on all of the record."""
    model: Any = type(record)
    for anew in place_statement(model)(id=record.pk):
        read_at_once(anew, names)
        return anew
    raise Http404


def read_at_once(record: Any, names: Collection[str]) -> None:
    """Read those of these columns of a record that are deferred, in one statement. A cached value
    made of them then depends on these columns only, not on all of the record."""
    model: Any = type(record)
    left = record.get_deferred_fields() & {*names}
    for row in _columns(model, tuple(sorted(left)))(id=record.pk) if left else ():
        for name, value in row.items():
            setattr(record, name, value)


@cache
def _columns(model: Any, names: Sequence[str]) -> Rows[dict[str, Any]]:
    """Return a statement that reads these columns of a record by its `id`."""
    return Rows(lambda: model._base_manager.filter(pk=ID).values(*names))


def _above(model: Any) -> Iterator[str]:
    for name in model.visible_through:
        yield name
        parent = model._meta.get_field(name).related_model
        yield from (f"{name}__{further}" for further in _above(parent))
