"""Fields that only some see of those who see their record: `shown_to` of a model names them.

To the others such a field reads as if it were empty, on every path: `conceal` empties it in rows
and events, `as_shown` in SQL; `narrowed` finds by it only where it is shown, and `searchable`
leaves it out of what is searched.
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
    """Who sees a field; `words` say it. Holders of one of the roles `among` see it in the rows for
    which `where(model, grants)` holds. `own` is the path from a row to the account that sees it as
    its own. The PMO of the organisation sees all."""

    words: str
    among: frozenset[Role]
    where: Where
    own: str = ""

    def rows(self, model: Any, user: Any) -> Q | None:
        """The condition under which the user sees the field in a row; None where in all of them."""
        if self.sees_all(user):
            return None
        where = self.where(model, holding(grants_of(user), self.among))
        account = _account(user)
        return where | Q(**{self.own: account}) if self.own and account else where

    def sees_all(self, user: Any) -> bool:
        """Return whether the user sees the field in all rows."""
        return Role.PMO in grants_of(user).everywhere

    def seen(self, model: Any, ids: Collection[int], user: Any) -> set[int]:
        """Return those of these rows in which the user sees the field."""
        held = holding(grants_of(user), self.among)
        rows = _statement(model, self)
        return {*rows.by(held, sorted(ids), id=_account(user) or 0, day=held.day)}


def _account(user: Any) -> int | None:
    return getattr(user, "pk", None)  # a reader in the place of many has none


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
    """The rows that these roles let one see."""
    return EVERY if grants.everywhere else visibility(model, grants)


def on_or_above(model: Any, grants: Grants) -> Q:
    """The rows on or above which one of these roles is held."""
    if grants.everywhere:
        return EVERY
    return functools.reduce(operator.or_, inherited(model, grants), NONE)


def seen_with(name: str, words: str) -> Audience:
    """Return the audience of a relation: who sees the record at its other end."""

    def where(model: Any, grants: Grants) -> Q:
        other = model._meta.get_field(name).related_model
        seen = other._base_manager.filter(in_sight(other, grants)).order_by()
        return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__in": seen.values("pk")})

    return Audience(words, frozenset(Role), where)


def where_shown(model: Any, name: str, user: Any) -> Q | None:
    """The condition under which a user sees a field; None where they see it in every row."""
    audience = _declared(model).get(name)
    return audience.rows(model, user) if audience else None


def as_shown(model: Any, name: str, user: Any) -> Any:
    """A field as an expression: empty where it is not shown to the user."""
    where = where_shown(model, name, user)
    if where is None:
        return F(name)
    field = model._meta.get_field(name)
    output = getattr(field, "target_field", field)
    return Case(When(where, then=F(name)), default=Value(_empty(field)), output_field=output)


def searchable(model: Any, names: Sequence[str], user: Any) -> list[str]:
    """Return the fields that a user sees in every row, in which they may therefore search."""
    return [name for name in names if where_shown(model, name, user) is None]


def narrowed_rows(rows: QuerySet, names: Iterable[str], user: Any) -> QuerySet:
    """The rows in which a user sees all these fields, for they are filtered by them."""
    for name in names:
        if (where := where_shown(rows.model, name, user)) is not None:
            rows = rows.filter(where)
    return rows


def hidden_in(model: Any, ids: Collection[int], user: Any) -> dict[int, dict[str, Any]]:
    """The fields that are not shown to a user, with what they read as when they are empty, by
    record; one query for each audience that does not see all."""
    hidden: dict[int, dict[str, Any]] = defaultdict(dict)
    for audience, names in _audiences(model).items() if ids else ():
        if not audience.sees_all(user):
            for id in {*ids} - audience.seen(model, ids, user):
                hidden[id] |= names
    return hidden


def conceal(model: Any, rows: Collection[dict[str, Any]], user: Any) -> None:
    """Empty the fields of rows, or of events, that are not shown to a user."""
    hidden = hidden_in(model, {row["id"] for row in rows}, user)
    for row in rows:
        row.update((name, none) for name, none in hidden.get(row["id"], {}).items() if name in row)


def withheld(model: Any, pk: int, user: Any) -> dict[str, str]:
    """The fields of a record that are not shown to a user, with the words of to whom they are."""
    hidden = hidden_in(model, {pk}, user).get(pk, {})
    return {name: _declared(model)[name].words for name in hidden}


def personal_to(model: Any) -> bool:
    """Return whether somebody sees more of their own record than others with the same roles."""
    return any(audience.own for audience in _declared(model).values())


@cache
def _audiences(model: Any) -> Mapping[Audience, dict[str, Any]]:
    """Return the fields with what they read as when they are empty, by who sees them."""
    fields: dict[Audience, dict[str, Any]] = defaultdict(dict)
    for name, audience in _declared(model).items():
        fields[audience][name] = _empty(model._meta.get_field(name))
    return fields


def _declared(model: Any) -> Mapping[str, Audience]:
    return getattr(model, "shown_to", {})


def _empty(field: Any) -> Any:
    written = isinstance(field, models.CharField | models.TextField)
    return "" if written and not field.null else None
