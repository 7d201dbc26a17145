"""References to records out of the reader's sight: they read as if there were none.

A record may be seen by one way and name another that is seen by no way of this reader's: the
programme of a project that is somebody's, the line from which budget came. Whoever may not see the
other is told neither its id nor what it is called; what a row says of it is emptied, in records,
lists, files and histories alike. People are the directory of the organisation, and told to all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from django.db.models import Subquery

from pmhub.access import ScopedQuerySet, by_roles
from pmhub.access.grants import grants_of
from pmhub.access.past_rights import seen_now
from pmhub.access.scoped_rows import ScopedRows, read_at_once
from pmhub.database.statements import IDS
from pmhub.permissions import Role

Row = dict[str, Any]
NOTHING: Mapping[str, Any] = MappingProxyType({})


@cache
def references_of(model: Any) -> Mapping[str, Any]:
    """Return the relations of a model to records with rights of their own, by name, each with the
    model of the other end."""
    fields = (*model._meta.concrete_fields, *model._meta.local_many_to_many)
    return {
        field.name: field.related_model
        for field in fields
        if field.is_relation and _has_rights(field.related_model)
    }


def referred_to(expression: Any) -> Any:
    """Return the model with rights of its own whose ids an expression of a query comes to, as they
    are or as the first of a subquery; None where it comes to something else."""
    inner = expression.query.select if isinstance(expression, Subquery) else (expression,)
    column = getattr(inner[0], "target", None) if inner else None
    if column is None or not (column.is_relation or column.primary_key):
        return None
    model = column.related_model if column.is_relation else column.model
    return model if _has_rights(model) else None


def _has_rights(model: Any) -> bool:
    directory = model._meta.label == "pmhub.Person"
    return not directory and isinstance(model._default_manager.all(), ScopedQuerySet)


def conceal_references(
    model: Any,
    rows: Collection[Row],
    user: Any,
    *,
    told: Mapping[str, Any] = NOTHING,
    past: bool = False,
) -> set[int]:
    """Empty what rows, or `past` events, of a model name that is out of the reader's sight, also in
    what else is `told` of them; return the ids of the records of which something was. At most one
    query for each kind of record named."""
    everything = {**references_of(model), **told}
    relations = {name: other for name, other in everything.items() if not _all_seen(other, user)}
    if not relations:
        return set()
    named: dict[Any, set[int]] = defaultdict(set)
    for row in rows:
        # Where a record was before it was moved is nothing that whoever sees it now sees.
        implied = () if past else _implied(model, row)
        for other, ids in _asked(relations, row, implied):
            named[other] |= ids
    hidden = {other: ids - _seen(other, ids, user) for other, ids in named.items()}
    if not any(hidden.values()):
        return set()
    return {row["id"] for row in rows if _emptied(relations, row, hidden)}


def hidden_references(model: Any, row: Row, user: Any) -> set[str]:
    """Return the relations of a row that name something out of the reader's sight."""
    copied = dict(row)
    conceal_references(model, [copied], user)
    return {name for name in references_of(model) if copied.get(name) != row.get(name)}


def hidden_in_record(record: Any, user: Any) -> set[str]:
    """Return the relations of a record that name something out of a user's sight; not its lists."""
    model: Any = type(record)
    names = references_of(model)
    columns = [field for field in record._meta.concrete_fields if field.name in names]
    read_at_once(record, [field.attname for field in columns])
    row = {field.name: getattr(record, field.attname) for field in columns}
    return hidden_references(model, {**row, "id": record.pk}, user)


def hidden_in_list(record: Any, name: str, user: Any) -> list[Any]:
    """Return what a list of a record holds that a user may not see: it stays when they write it."""
    model: Any = type(record)
    other = references_of(model).get(name)
    if other is None:
        return []
    seen = other._default_manager.visible_to(user).order_by().values("pk")
    return list(getattr(record, name).exclude(pk__in=seen))


def _implied(model: Any, row: Row) -> Collection[str]:
    """Return the relation that a row names to all who see it: its one parent, where it is seen by
    that alone, and by nothing else."""
    above = [name for name in model.visible_through if row.get(name)]
    return above if len(above) == 1 and by_roles(model) and not model.grant_kind else ()


def _asked(
    relations: Mapping[str, Any], row: Row, implied: Collection[str]
) -> Iterator[tuple[Any, set[int]]]:
    """What a row names of which it is to be asked whether the reader sees it."""
    for name, other in relations.items():
        if name not in implied and (ids := _ids(row.get(name))):
            yield other, ids


def _ids(value: Any) -> set[int]:
    return {*value} if isinstance(value, list) else {value} if isinstance(value, int) else set()


def _all_seen(model: Any, user: Any) -> bool:
    """Return whether a user sees every row of a model: by a role on the whole organisation, or as
    its PMO where more than roles decides, but for what is its author's alone."""
    everywhere = grants_of(user).everywhere
    if by_roles(model):
        return bool(everywhere)
    return Role.PMO in everywhere and model.of_author_alone is None


def _seen(model: Any, ids: Iterable[int], user: Any) -> set[int]:
    if by_roles(model):
        held = {*grants_of(user).ids(model.grant_kind)}
        asked = sorted({*ids} - held)
        return held.union(_statement(model)(user, asked) if asked else ())
    rows = model._default_manager.visible_to(user).filter(pk__in=ids)
    return set(seen_now(rows, user).order_by().values_list("pk", flat=True))


@cache
def _statement(model: Any) -> ScopedRows[int]:
    return ScopedRows(
        lambda reader: (
            model._default_manager.visible_to(reader)
            .filter(pk__in=[IDS])
            .order_by()
            .values_list("pk", flat=True)
        )
    )


def _emptied(relations: Mapping[str, Any], row: Row, hidden: Mapping[Any, set[int]]) -> bool:
    emptied = False
    for name, other in relations.items():
        out = hidden.get(other, set()) & _ids(row.get(name))
        if out:
            value = row[name]
            row[name] = [id for id in value if id not in out] if isinstance(value, list) else None
            emptied = True
    return emptied
