"""A register as a grid: the columns, rows and rights that the page passes to its island."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from pmhub.access.grants import for_writing, grants_of
from pmhub.database.custom import PREFIX
from pmhub.registers import Register
from pmhub.serializers.verbs import verbs_of
from pmhub.views.registers import forms
from pmhub.views.registers.cells import Column, column_of, columns_of
from pmhub.views.registers.names import name_fields
from pmhub.views.registers.query import RegisterQuery
from pmhub.views.registers.rows import Listing

CollectionOf = Callable[[Any], str]
WRITTEN = frozenset({
    "choice", "code", "day", "flag", "hundred", "money", "number", "record", "share", "text",
    "year",
})  # fmt: skip


def grid_of(
    register: Register, query: RegisterQuery, rows: QuerySet, user: Any, collection_of: CollectionOf
) -> dict[str, Any]:
    """Return what the grid of a list needs, as a dictionary. `collection` and `address` say where
    its rows are, the latter with the query of the page; then `order`, `columns` and the `totals` by
    column. `one` is the word for a record, `called` the field that names it, and `fields` are the
    fields to read. `bulk` says whether many records may be written at once; `verbs` and `deletes`
    are then offered for many. `several_units` says whether amounts are in more than one currency.
    `collection_of` returns the collection of a model, empty if it has none."""
    listing = Listing(register, query.resource, user, query.columns, rows)
    orders = {head["name"]: head for head in listing.heads}
    filled, only_where_filled = _filled_in(register, user)
    writes = bool(getattr(query.resource, "in_bulk", False)) and _writes(register, user)
    return {
        "collection": register.name,
        "address": _address(register, query),
        "order": query.ordering,
        "one": register.one,
        "bulk": bool(getattr(query.resource, "in_bulk", False)),
        "verbs": _verbs(listing, collection_of) if writes else [],
        "deletes": writes
        and not register.model.undeletable
        and "delete" in query.resource.http_method_names
        # Such records are deleted by their author, on their own pages.
        and not register.model.of_author,
        "called": next(filter(None, name_fields(register.model)), "id"),
        "fields": sorted(_read(register, listing)),
        "columns": [
            {
                **_declared(column, collection_of, listing),
                "label": orders[column.name]["label"],
                "orders": orders[column.name]["orders"],
                "edits": _filled(column, filled) and column.look in WRITTEN,
                "where_filled": column.name in only_where_filled,
            }
            for column in listing.columns
        ],
        "totals": {
            column.name: total
            for column, total in zip(listing.columns, listing.totals(rows), strict=False)
            if total
        },
        "several_units": not listing.units.one
        and any(column.look == "money" for column in listing.columns),
    }


def _filled(column: Column, filled: frozenset[str]) -> bool:
    """Return whether a user may fill in a column: it is one of `filled`, or a custom field in use
    and there are any such columns."""
    custom = column.name.startswith(PREFIX) and not column.gone
    return column.name in filled or (custom and bool(filled))


def _declared(column: Column, collection_of: CollectionOf, listing: Listing) -> dict[str, Any]:
    """Return a column as the island needs it to build cells and inputs; `unit` is the unit of its
    money."""
    return {
        "name": column.name,
        "label": column.label,
        "look": column.look,
        "figure": column.figure,
        "unit": listing.units.one if column.look == "money" else "",
        "orders": False,
        "choices": [[value, words] for value, words in column.choices.items()],
        "edits": True,
        "where_filled": False,
        "instead": list(column.instead),
        "of": _related(column, collection_of),
    }


def _verbs(listing: Listing, collection_of: CollectionOf) -> list[dict[str, Any]]:
    """Return the verbs that can be applied to many records at once, with the fields of each."""
    register, resource = listing.register, listing.resource
    by_name, verbs = columns_of(register), []
    for noun, verb in verbs_of(register.serializer).items():
        fields = verb.form().fields
        if noun not in resource.bulk_verbs() or any(
            hasattr(field, "child") for field in fields.values()
        ):
            continue
        columns = [
            by_name.get(name) or column_of(name, field, "", priced=False)
            for name, field in fields.items()
        ]
        bulk_verbs = [
            {**_declared(column, collection_of, listing),
             "label": register.label_of(column.name, field), "required": field.required}
            for column, field in zip(columns, fields.values(), strict=True)
        ]  # fmt: skip
        verbs.append({"noun": noun, "title": verb.does, "says": verb.says, "fields": bulk_verbs})
    return verbs


def _writes(register: Register, user: Any) -> bool:
    """Return whether a user may write any record of the register."""
    return bool(for_writing(grants_of(user), register.model._meta.model_name).roles)


def _address(register: Register, register_query: RegisterQuery) -> str:
    query = {**register_query.values, **register_query.fixed}
    for name in ("search", "archived"):
        if value := register_query.query.get(name):
            query[name] = value
    return f"/api/v1/{register.name}/?{urlencode(query)}"


def _read(register: Register, listing: Listing) -> set[str]:
    """Return the fields that the island reads of each record."""
    declared = register.serializer._templates()
    names = {name for column in listing.columns for name in (column.name, *column.instead)}
    asides = {"currency", "unit", *name_fields(register.model)} & declared.keys()
    return {"id", "version", "html_url", *names, *asides}


def _filled_in(register: Register, user: Any) -> tuple[frozenset[str], frozenset[str]]:
    """Return the fields that a user may fill in on some record; and those of them that a verb asks
    for, which can only be changed once they are filled."""
    model = register.model
    if not _writes(register, user):
        return frozenset(), frozenset()
    names = frozenset(forms.editable(register, model(), user))
    moves = [move for lifecycle in model.lifecycles for move in lifecycle.moves]
    return names, names & {name for move in moves for name in move.asks}


def _related(column: Column, collection_of: CollectionOf) -> dict[str, Any] | None:
    """Return where to read the names of related records: their collection, the fields with code and
    name, and whether the short form is the name."""
    if column.model is None or not (collection := collection_of(column.model)):
        return None
    code, name = name_fields(column.model)
    return {
        "collection": collection,
        "code": code,
        "name": name,
        "by_name": column.model._meta.model_name == "person" or not code,
        "one": str(column.model._meta.verbose_name),
    }
