"""Filters by custom fields, ordering by one, and the search in their texts.

All values are in one column: a filter by a custom field works on an alias of the query, which has
the type of the field. Rows of other portfolios may hold anything under the same name: a value that
does not fit the type reads as NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import django_filters as df
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Case, F, Func, OrderBy, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.db.models.lookups import Contains, Exact, Regex

from pmhub.access.restricted_fields import searchable
from pmhub.database import past
from pmhub.database.collation import InOrder, Plain, arranged, with_words
from pmhub.database.custom import AMOUNT, COLUMN, NUMBER, PREFIX
from pmhub.database.search_table import TEXTS
from pmhub.filters.operators import operators
from pmhub.filters.values import (
    DateFilter,
    NumberFilter,
    OptionalFilter,
    TextFilter,
    TruthFilter,
    visible,
)
from pmhub.models import Person, SearchEntry
from programmes.queries.custom_fields import FieldDescription, Fields, visible_custom_fields

ENDS = ("lt", "lte", "gt", "gte")
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
ID = "[0-9]{1,18}"


class PersonFilter(OptionalFilter):
    """A filter by the id of a person, which is how a custom field stores one."""

    def filter(self, rows: Any, value: Any) -> Any:
        """Return the rows that hold this id, or none."""
        return super().filter(rows, getattr(value, "pk", value))


KINDS: Mapping[str, Any] = {
    "text": TextFilter,
    "number": NumberFilter,
    "money": NumberFilter,
    "date": DateFilter,
    "choice": df.ChoiceFilter,
    "person": PersonFilter,
    "bool": TruthFilter,
}


@lru_cache(maxsize=100)
def filters_of(fields: Fields) -> Mapping[str, df.Filter]:
    """Return the filters by these custom fields, by name."""
    filters: dict[str, df.Filter] = {}
    for field in fields:
        filters |= _filters(field)
    filters |= operators(None, filters, TruthFilter)
    by_alias = {_alias(field): field for field in fields}
    for item in filters.values():
        item.custom = by_alias[item.field_name]
    return filters


def _filters(field: FieldDescription) -> dict[str, df.Filter]:
    kind = KINDS[field.type]
    given: dict[str, Any] = {"field_name": _alias(field), "label": field.label}
    ends = ("exact", *ENDS) if kind in (NumberFilter, DateFilter) else ("exact",)
    if kind is df.ChoiceFilter:
        given["choices"] = [(value, value) for value in field.values]
    elif kind is PersonFilter:
        given["queryset"] = visible(Person)
    filters = {f"{field.key}__{end}": kind(lookup_expr=end, **given) for end in ends}
    filters[field.key] = filters.pop(f"{field.key}__exact")
    empty = TruthFilter(field_name=given["field_name"], lookup_expr="isnull")
    return filters | {f"{field.key}__isnull": empty}


def _alias(field: FieldDescription) -> str:
    return f"{COLUMN}_{field.name}"


def aliased(rows: QuerySet, filters: Iterable[df.Filter]) -> QuerySet:
    """Return the rows with aliases for the custom fields that these filters use."""
    custom_by_name = {item.field_name: item.custom for item in filters if hasattr(item, "custom")}
    return rows.alias(**{name: expression(field) for name, field in custom_by_name.items()})


def expression(field: FieldDescription) -> Any:
    """Return an expression for a custom field in the type in which it is compared; NULL if the
    value does not fit the type."""
    text = KeyTextTransform(field.name, COLUMN)
    if field.type in ("number", "money"):
        pattern = NUMBER if field.type == "number" else AMOUNT
        return _cast(text, pattern, models.DecimalField(max_digits=20, decimal_places=6))
    if field.type == "person":
        return _cast(text, ID, models.BigIntegerField())
    if field.type == "date":
        valid = Func(text, Value("date"), function="pg_input_is_valid",
                     output_field=models.BooleanField())  # fmt: skip
        return _cast(text, DAY, models.DateField(), Q(valid))
    if field.type == "bool":
        truths = [When(Exact(text, str(flag).lower()), then=Value(flag)) for flag in (True, False)]
        return Case(*truths, output_field=models.BooleanField())
    return text


def _cast(text: Any, pattern: str, output: models.Field, valid: Q | None = None) -> Case:
    fits = Q(Regex(text, f"^{pattern}$"))
    fits = fits & valid if valid is not None else fits
    return Case(When(fits, then=Cast(text, output)), output_field=output)


class InArray(Func):
    """The condition that an id is one of an array."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()


def search_rows(rows: QuerySet, text: str, fields: Sequence[str], user: Any) -> QuerySet:
    """Narrow rows to those in which each word occurs in one of the fields that the user may see in
    every row, or in a text of a custom field."""
    own = searchable(rows.model, fields, user)
    return with_words(rows, text, own, text_conditions(rows.model, user))


def text_conditions(model: Any, user: Any) -> Callable[[Any], Iterable[Any]]:
    """Return a function from a word to the conditions under which a custom field contains it."""
    texts = [field for field in visible_custom_fields(model, user) if field.type in TEXTS]
    if not texts:
        return lambda wanted: ()
    if past.is_past():
        return lambda wanted: (Contains(Plain(expression(field)), wanted) for field in texts)
    entries = SearchEntry.objects.filter(kind=model._meta.model_name)

    def indexed(wanted: Any) -> Iterator[Any]:
        # A subquery for ids, so that the indexes of all conditions are used together.
        ids = entries.filter(Contains(F("words"), wanted)).values("object_id")
        yield InArray(F("pk"), ArraySubquery(ids))

    return indexed


def custom_fields(
    model: Any, user: Any, names: Iterable[str] = (PREFIX,)
) -> Mapping[str, FieldDescription]:
    """Return the custom fields of a model that a user sees, by name; empty if none of the names
    `names` is that of a custom field."""
    own = any(f"{name.lstrip('-')}.".startswith(PREFIX) for name in names)
    return {field.key: field for field in visible_custom_fields(model, user)} if own else {}


def in_order(
    rows: QuerySet, names: Sequence[str], user: Any, computed: Mapping[str, Any]
) -> list[Any]:
    """Return what to order by for names of fields, custom ones included; `computed` gives the
    expressions for names that are no fields."""
    custom = custom_fields(rows.model, user, names)
    return arranged(rows.model, [_ordered(name, custom) for name in names], computed)


def _ordered(name: str, custom: Mapping[str, FieldDescription]) -> Any:
    key = name.removeprefix("-")
    if not key.startswith(PREFIX):
        return name
    field = custom[key]
    by = expression(field)
    if field.type == "choice":
        by = Case(
            *(When(Exact(by, value), then=Value(at)) for at, value in enumerate(field.values))
        )
    elif field.type == "text":
        by = InOrder(by)
    return OrderBy(by, descending=key != name, nulls_last=True)
