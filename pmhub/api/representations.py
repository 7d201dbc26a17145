"""The read path: the ids of a window, then their rows by SQL that was compiled once, then one pass
that makes the rows what the serializer declares.

A serializer instance for each row would be most of the cost of a list, and building the SQL of
forty columns most of the rest. Annotated figures are computed for the rows of the window alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from rest_framework import serializers

from pmhub.access.hidden_references import referred_to
from pmhub.database.statements import IDS, Statement, quick_converters
from pmhub.models import lineage

Row = dict[str, Any]
COMPUTED = frozenset({"url", "html_url"})


@dataclass(frozen=True)
class Shape:
    """How the rows of one resource are read.

    `names` are the keys of an answer in their order; `keys` are those that are columns, followed by
    columns that no answer shows (`hidden`); `many` are the lists of ids; `told` maps the
    expressions that refer to records with rights of their own to the models of these records.
    """

    names: tuple[str, ...]
    keys: tuple[str, ...]
    hidden: tuple[str, ...]
    many: tuple[str, ...]
    told: Mapping[str, Any]
    statement: Statement
    compiler: Any
    converters: Any

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """Return the rows with these ids, in their order, with every key and then the hidden
        columns."""
        if not ids:
            return []
        tuples: Iterable[Any] = self.statement(ids)
        if self.converters:
            tuples = self.compiler.apply_converters(tuples, self.converters)
        blank = dict.fromkeys(self.names)
        by_id = {}
        for values in tuples:
            row = blank.copy()
            row.update(zip(self.keys, values, strict=True))
            by_id[row["id"]] = row
        return [by_id[id] for id in ids if id in by_id]


def shape_of(serializer_class: Any, hidden: dict[str, Any], figures: Any) -> Shape:
    """Return the shape that a serializer class declares; `figures(queryset)` adds the annotations
    that its columns need."""
    meta = serializer_class.Meta
    fields = {
        name: field for name, field in serializer_class().fields.items() if not field.write_only
    }
    names = tuple(fields)
    columns: dict[str, Any] = {}
    many: list[str] = []
    for name, declared in fields.items():
        if name in meta.expressions:
            columns[name] = meta.expressions[name]
        elif isinstance(declared, serializers.ManyRelatedField):
            many.append(name)
        elif name not in COMPUTED and name not in meta.derived:
            related = isinstance(declared, serializers.RelatedField)
            columns[name] = f"{declared.source}_id" if related else declared.source
    columns |= hidden
    chosen = figures(_window(meta.model)).values_list(*columns.values())
    compiler = chosen.query.get_compiler(connection=connection)
    compiler.pre_sql_setup()
    by_name = {
        name: other
        for name, (column, _, _) in zip(columns, compiler.select, strict=True)
        if name in meta.expressions and (other := referred_to(column))
    }
    converters = quick_converters(
        compiler.get_converters([column for column, _, _ in compiler.select])
    )
    return Shape(
        names, tuple(columns), tuple(hidden), tuple(many), by_name, Statement(lambda: chosen),
        compiler, converters,
    )  # fmt: skip


def _window(model: Any) -> QuerySet:
    """Return a query for rows of the model, with a placeholder for the ids."""
    return model._base_manager.filter(pk__in=[IDS]).order_by()


def add_lists(model: Any, rows: Sequence[Row], names: Iterable[str]) -> None:
    """Add the lists of ids to rows, with one query for each list."""
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
        others: dict[int, list[int]] = defaultdict(list)
        for one, other in pairs:
            others[one].append(other)
        for row in rows:
            row[name] = others[row["id"]]


def add_units(model: Any, rows: Sequence[Row]) -> None:
    """Add to rows the unit of their amounts (`unit`), with one query."""
    records = model._base_manager.select_related(*lineage(model))
    units = {
        record.pk: record.amounts_in for record in records.filter(pk__in=[r["id"] for r in rows])
    }
    for row in rows:
        row["unit"] = units.get(row["id"], "")
