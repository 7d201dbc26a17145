"""References to records that the reader may not see: they read as if they were empty.

A user may see a record and not another one that it names: the programme of a project that is
theirs, say, or the line from which budget came. Such a user learns neither the id nor the name of
the other record: the field that names it is emptied in records, lists, files and histories alike.
People are not hidden: everybody may read the directory of the organisation.
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
    """Return the relations of a model to models with access rights of their own, as related models
    by field name."""
    fields = (*model._meta.concrete_fields, *model._meta.local_many_to_many)
    return {
        field.name: field.related_model
        for field in fields
        if field.is_relation and _has_rights(field.related_model)
    }


def referred_to(expression: Any) -> Any:
    """Return the model, with access rights of its own, whose ids an expression of a query returns,
    directly or as the first column of a subquery; None if it returns something else."""
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
    values: Mapping[str, Any] = NOTHING,
    past: bool = False,
) -> set[int]:
    """Empty the references, in rows or in `past` events of a model, to records that the user may
    not see; `values` names further fields of the rows with the model whose ids they hold. Return
    the ids of the rows in which something was emptied. Takes at most one query for each model that
    is named."""
    everything = {**references_of(model), **values}
    relations = {
        name: other for name, other in everything.items() if not _sees_every_row(other, user)
    }
    if not relations:
        return set()
    named: dict[Any, set[int]] = defaultdict(set)
    for row in rows:
        # Who sees the record now need not see the records that it belonged to before.
        implied = () if past else _implied(model, row)
        for other, ids in _ids_to_check(relations, row, implied):
            named[other] |= ids
    hidden = {other: ids - _visible_ids(other, ids, user) for other, ids in named.items()}
    if not any(hidden.values()):
        return set()
    return {row["id"] for row in rows if _emptied(relations, row, hidden)}


def is_hidden(record: Any, user: Any) -> bool:
    """Return whether a record that another one names reads, for a user, as if there were none."""
    model: Any = type(record)
    if not _has_rights(model) or _sees_every_row(model, user):
        return False
    return record.pk not in _visible_ids(model, {record.pk}, user)


def hidden_references(model: Any, row: Row, user: Any) -> set[str]:
    """Return the names of the relations in which a row names records that the user may not see."""
    copied = dict(row)
    conceal_references(model, [copied], user)
    return {name for name in references_of(model) if copied.get(name) != row.get(name)}


def hidden_in_record(record: Any, user: Any) -> set[str]:
    """Return the names of the foreign keys in which a record names another that the user may not
    see; lists are not checked."""
    model: Any = type(record)
    names = references_of(model)
    columns = [field for field in record._meta.concrete_fields if field.name in names]
    read_at_once(record, [field.attname for field in columns])
    row = {field.name: getattr(record, field.attname) for field in columns}
    return hidden_references(model, {**row, "id": record.pk}, user)


def hidden_in_list(record: Any, name: str, user: Any) -> list[Any]:
    """Return the records in a list of a record that the user may not see; they stay in it when the
    user writes the list."""
    model: Any = type(record)
    other = references_of(model).get(name)
    if other is None:
        return []
    seen = other._default_manager.visible_to(user).order_by().values("pk")
    return list(getattr(record, name).exclude(pk__in=seen))


def _implied(model: Any, row: Row) -> Collection[str]:
    """Return the relation to the parent if whoever sees the row must see that parent too: it has
    one parent, and is visible through that alone."""
    above = [name for name in model.visible_through if row.get(name)]
    return above if len(above) == 1 and by_roles(model) and not model.grant_kind else ()


def _ids_to_check(
    relations: Mapping[str, Any], row: Row, implied: Collection[str]
) -> Iterator[tuple[Any, set[int]]]:
    """Yield, for each relation, the related model and the ids in the row whose visibility has to be
    checked."""
    for name, other in relations.items():
        if name not in implied and (ids := _ids(row.get(name))):
            yield other, ids


def _ids(value: Any) -> set[int]:
    return {*value} if isinstance(value, list) else {value} if isinstance(value, int) else set()


def _sees_every_row(model: Any, user: Any) -> bool:
    """Return whether a user sees every row of a model: by any role on the whole organisation if
    roles alone decide; else as its PMO, unless some rows are their author's alone."""
    everywhere = grants_of(user).everywhere
    if by_roles(model):
        return bool(everywhere)
    return Role.PMO in everywhere and model.of_author_alone is None


def _visible_ids(model: Any, ids: Iterable[int], user: Any) -> set[int]:
    if by_roles(model):
        held = {*grants_of(user).ids(model.grant_kind)}
        unknown = sorted({*ids} - held)
        return held.union(_statement(model)(user, unknown) if unknown else ())
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
