"""The read path: rows by `values_list`, then one pass that makes them what the serializer declares.

A serializer instance for each row is most of the cost of a list; this is a dictionary for each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

Row = dict[str, Any]
COMPUTED = frozenset({"url", "html_url"})


@dataclass(frozen=True)
class Shape:
    """How the rows of one resource are read.

    `names` are the keys of an answer in their order; `columns` what is read, by key; `hidden` what
    is read beside them and never shown; `many` the lists of ids, by key.
    """

    names: tuple[str, ...]
    columns: dict[str, Any]
    many: tuple[str, ...]
    hidden: dict[str, str] = field(default_factory=dict)

    def select(self, queryset: QuerySet) -> QuerySet:
        """The queryset as tuples in the order of `columns`, then `hidden`."""
        return queryset.values_list(*self.columns.values(), *self.hidden.values())

    def rows(self, tuples: Iterable[tuple]) -> list[Row]:
        """The tuples as dictionaries with every key of the answer, and the hidden ones after."""
        blank = dict.fromkeys(self.names)
        keys = (*self.columns, *self.hidden)
        rows = []
        for values in tuples:
            row = blank.copy()
            row.update(zip(keys, values, strict=True))
            rows.append(row)
        return rows


def shape_of(serializer_class: Any, hidden: dict[str, str]) -> Shape:
    """Read the shape off a serializer class."""
    meta = serializer_class.Meta
    serializer = serializer_class()
    names = tuple(serializer.fields)
    columns: dict[str, Any] = {}
    many: list[str] = []
    for name, declared in serializer.fields.items():
        if name in meta.expressions:
            columns[name] = meta.expressions[name]
        elif isinstance(declared, serializers.ManyRelatedField):
            many.append(name)
        elif name not in COMPUTED and name not in meta.derived:
            related = isinstance(declared, serializers.RelatedField)
            columns[name] = f"{declared.source}_id" if related else declared.source
    return Shape(names, columns, tuple(many), hidden)


def add_lists(model: Any, rows: Sequence[Row], names: Iterable[str]) -> None:
    """Fill in the lists of ids, one query each."""
    for name in names:
        relation = model._meta.get_field(name)
        source, target = relation.m2m_field_name(), relation.m2m_reverse_field_name()
        pairs = (
            relation.remote_field.through._default_manager.filter(
                **{f"{source}__in": [row["id"] for row in rows]}
            )
            .order_by(f"{target}_id")
            .values_list(f"{source}_id", f"{target}_id")
        )
        found: dict[int, list[int]] = defaultdict(list)
        for one, other in pairs:
            found[one].append(other)
        for row in rows:
            row[name] = found[row["id"]]
