"""How text is compared: which codes are the same, what a search finds, what comes first in a list.

PostgreSQL knows code points alone (the builtin provider), so three functions of ours, made by a
migration, say what people mean; being immutable, they can be indexed and hold for plain SQL too.
They are PL/pgSQL, which a session plans once: functions of SQL are taken apart by every statement.

| function | keeps apart | takes for the same |
| --- | --- | --- |
| `pmhub_fold` | letters and accents | case, composition, marks nobody sees |
| `pmhub_plain` | letters | accents, case, composition, forms of a letter or a quote |
| `pmhub_order` | as `fold` | nothing; orders as the Unicode Collation Algorithm does (blanks,
signs, digits, letters; then accents), with numbers by their value |
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, F, Func, Q, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.db.models.lookups import Contains, Exact


class Folded(Func):
    """A text in the form in which codes are compared."""

    function = "pmhub_fold"
    arity = 1
    output_field = models.TextField()


class Plain(Func):
    """A text in the form in which it is searched."""

    function = "pmhub_plain"
    arity = 1
    output_field = models.TextField()


class InOrder(Func):
    """The sort key of a text column, computed by the database: the order of the portfolio's lists,
    in which R2 comes before R10 and accents count last. For `order_by`, as `InOrder("code")`."""

    function = "pmhub_order"
    arity = 1
    output_field = models.TextField()


def latest(name: str) -> OrderBy:
    """Return the descending order by a field, with empty values last."""
    return F(name).desc(nulls_last=True)


def arranged(
    model: type[models.Model],
    names: Iterable[Any],
    computed: Mapping[str, Any] = MappingProxyType({}),
) -> list[Any]:
    """Return what to order by for names of fields (`-` for descending): text in the order that
    people expect, choices in the order of their declaration, empty values last in either direction.
    `computed` gives the expressions for names that are no fields. What is not a string is returned
    unchanged."""
    return [_arranged(model, name, computed) if isinstance(name, str) else name for name in names]


def _arranged(model: type[models.Model], name: str, computed: Mapping[str, Any]) -> Any:
    path = name.removeprefix("-")
    if path in computed:
        return OrderBy(computed[path], descending=path != name, nulls_last=True)
    field = _field(model, path)
    if field is None:
        return name
    if field.choices:
        values = enumerate(value for value, _ in field.flatchoices)
        places = [When(**{path: value}, then=Value(at)) for at, value in values]
        return OrderBy(Case(*places), descending=path != name, nulls_last=True)
    if isinstance(field, models.CharField | models.TextField):
        key = InOrder(path)
        return key.asc() if path == name else key.desc()
    if path == name or not field.null or field.is_relation:
        return name
    return latest(path)


def _field(model: Any, path: str) -> Any:
    """Return the field at the end of a path; None if the path does not end in a field, as with
    `pk`."""
    *way, last = path.split("__")
    for name in way:
        model = model._meta.get_field(name).related_model
    return next((field for field in model._meta.fields if field.name == last), None)


def same(name: str, text: str) -> Q:
    """Return the condition that a field holds this text, whatever its case."""
    return Q(Exact(Folded(F(name)), Folded(Value(text))))


def searched(table: str, *fields: str) -> GinIndex:
    """Return the index that `with_words` needs to look in these fields for words of three letters
    or more; a view that searches fields without such an index reads every row."""
    plain = (OpClass(Plain(F(field)), name="gin_trgm_ops") for field in fields)
    return GinIndex(*plain, name=f"{table}_searched")


def with_words(
    rows: QuerySet,
    text: str,
    fields: Sequence[str],
    beside: Callable[[Any], Iterable[Any]] = lambda wanted: (),
) -> QuerySet:
    """Narrow rows to those in which each word of the text occurs in one of the fields, with or
    without its accents; to none if there are no fields. `beside` returns, for a word, other
    conditions that count as a hit."""
    for word in text.split():
        wanted = Plain(Value(word))
        hits = [Q(Contains(Plain(F(field)), wanted)) for field in fields]
        hits += map(Q, beside(wanted))
        rows = rows.filter(functools.reduce(operator.or_, hits, Q(pk__in=[])))
    return rows
