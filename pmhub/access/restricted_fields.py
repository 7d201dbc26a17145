"""Fields that only some of those who see their record may see: a model declares them in `shown_to`.

For other users such a field reads as if it were empty, on every path: `conceal` empties it in rows
and events, `as_shown` in SQL; `narrowed_rows` removes rows in which a field used for filtering is
hidden, and `searchable` leaves such fields out of the search.
"""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When

from pmhub.access import inherited, visibility
from pmhub.access.grants import Grants, grants_of, holding
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import ID, IDS
from pmhub.permissions import Role

NONE = Q(pk__in=[])
EVERY = Q(pk__isnull=False)
Where = Callable[[Any, Grants], Q]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may see a field; `words` say so in prose. Holders of one of the roles `among` see it in
    the rows that fulfil `where(model, grants)`. `own` is the path from a row to an account that
    sees the field as its own. The PMO of the organisation sees all."""

    words: str
    among: frozenset[Role]
    where: Where
    own: str = ""

    def rows(self, model: Any, user: Any) -> Q | None:
        """Return the condition under which the user sees the field in a row; None if they see it in
        all rows."""
        if self.sees_all(user):
            return None
        where = self.where(model, holding(grants_of(user), self.among))
        account = _account(user)
        return where | Q(**{self.own: account}) if self.own and account else where

    def sees_all(self, user: Any) -> bool:
        """Return whether the user sees the field in all rows."""
        return Role.PMO in grants_of(user).everywhere

    def seen(self, model: Any, ids: Collection[int], user: Any) -> set[int]:
        """Return the ids of those of these rows in which the user sees the field."""
        held = holding(grants_of(user), self.among)
        rows = _statement(model, self)
        return {*rows.by(held, sorted(ids), id=_account(user) or 0, day=held.day)}


def _account(user: Any) -> int | None:
    return getattr(user, "pk", None)  # a Reader, who stands for many users, has no key


@cache
def _statement(model: Any, audience: Audience) -> ScopedRows[int]:
    def rows(reader: Any) -> QuerySet[Any, int]:
        where = audience.where(model, grants_of(reader))
        where = where | Q(**{audience.own: ID}) if audience.own else where
        return (
            model._base_manager.filter(where, pk__in=[IDS]).order_by().values_list("pk", flat=True)
        )

    return ScopedRows(rows)


def in_sight(model: Any, grants: Grants) -> Q:
    """Return the condition that these roles let one see a row."""
    return EVERY if grants.everywhere else visibility(model, grants)


def on_or_above(model: Any, grants: Grants) -> Q:
    """Return the condition that one of these roles is held on the row or above it."""
    if grants.everywhere:
        return EVERY
    return functools.reduce(operator.or_, inherited(model, grants), NONE)


def readers_of_relation(name: str, words: str) -> Audience:
    """Return the audience of a relation: those who may see the record that it names."""

    def where(model: Any, grants: Grants) -> Q:
        other = model._meta.get_field(name).related_model
        seen = other._base_manager.filter(in_sight(other, grants)).order_by()
        return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__in": seen.values("pk")})

    return Audience(words, frozenset(Role), where)


def field_visibility(model: Any, name: str, user: Any) -> Q | None:
    """Return the condition under which a user sees a field; None if they see it in every row."""
    audience = _declared(model).get(name)
    return audience.rows(model, user) if audience else None


def as_shown(model: Any, name: str, user: Any) -> Any:
    """Return an expression for a field that is empty in rows in which the user may not see it."""
    where = field_visibility(model, name, user)
    if where is None:
        return F(name)
    field = model._meta.get_field(name)
    output = getattr(field, "target_field", field)
    return Case(When(where, then=F(name)), default=Value(_empty(field)), output_field=output)


def searchable(model: Any, names: Sequence[str], user: Any) -> list[str]:
    """Return those of these fields that a user sees in every row; only these may be searched."""
    return [name for name in names if field_visibility(model, name, user) is None]


def narrowed_rows(rows: QuerySet, names: Iterable[str], user: Any) -> QuerySet:
    """Return the rows in which a user sees all these fields, by which the rows are filtered."""
    for name in names:
        if (where := field_visibility(rows.model, name, user)) is not None:
            rows = rows.filter(where)
    return rows


def hidden_in(model: Any, ids: Collection[int], user: Any) -> dict[int, dict[str, Any]]:
    """Return the fields that a user may not see, with their empty values, by the id of the record.
    Takes one query for each audience that does not see all rows."""
    hidden: dict[int, dict[str, Any]] = defaultdict(dict)
    for audience, names in _audiences(model).items() if ids else ():
        if not audience.sees_all(user):
            for id in {*ids} - audience.seen(model, ids, user):
                hidden[id] |= names
    return hidden


def conceal(model: Any, rows: Collection[dict[str, Any]], user: Any) -> None:
    """Empty, in rows or events, the fields that a user may not see."""
    hidden = hidden_in(model, {row["id"] for row in rows}, user)
    for row in rows:
        row.update((name, none) for name, none in hidden.get(row["id"], {}).items() if name in row)


def withheld(model: Any, pk: int, user: Any) -> dict[str, str]:
    """Return the fields of a record that a user may not see, each with the words for who may."""
    hidden = hidden_in(model, {pk}, user).get(pk, {})
    return {name: _declared(model)[name].words for name in hidden}


def personal_to(model: Any) -> bool:
    """Return whether a model has fields that a user sees in their own record, though others with
    the same roles do not."""
    return any(audience.own for audience in _declared(model).values())


@cache
def _audiences(model: Any) -> Mapping[Audience, dict[str, Any]]:
    """Return, for each audience, its fields with their empty values."""
    fields: dict[Audience, dict[str, Any]] = defaultdict(dict)
    for name, audience in _declared(model).items():
        fields[audience][name] = _empty(model._meta.get_field(name))
    return fields


def _declared(model: Any) -> Mapping[str, Audience]:
    return getattr(model, "shown_to", {})


def _empty(field: Any) -> Any:
    written = isinstance(field, models.CharField | models.TextField)
    return "" if written and not field.null else None
