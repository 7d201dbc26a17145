"""What keeps a record from being deleted: records that refer to it and are not its parts."""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import PROTECT, RESTRICT, Q

from pmhub.models import Attachment
from pmhub.queries.history import CALLED

FEW = 10  # rows of each kind that are named


@dataclass(frozen=True)
class Blockers:
    """Records of one kind that refer to the record and so keep it: `count` of them, of which
    `hidden` are out of the reader's sight; `rows` are the first few that are not, as (id, code,
    name)."""

    model: Any
    count: int
    hidden: int
    rows: tuple[tuple[int, str, str], ...]

    @property
    def words(self) -> str:
        """The number and the kind of the records, with the codes of the first few."""
        meta = self.model._meta
        name = meta.verbose_name if self.count == 1 else meta.verbose_name_plural
        codes = [code for _, code, _ in self.rows if code]
        more = ", …" if codes and self.count > len(codes) else ""
        return f"{self.count} {name}" + (f" ({', '.join(codes)}{more})" if codes else "")


def blockers_of(row: Any, user: Any) -> list[Blockers]:
    """Return what keeps a record from being deleted, one entry for each kind of record, as far as a
    user may see it."""
    lookups: dict[Any, list[str]] = defaultdict(list)
    for model, lookup in _holders(type(row)):
        lookups[model].append(lookup)
    held = []
    for model, paths in lookups.items():
        condition = functools.reduce(operator.or_, (Q(**{path: row.pk}) for path in paths))
        rows = model._base_manager.filter(condition).order_by().distinct()
        if model is type(row):
            rows = rows.exclude(pk=row.pk)
        if count := rows.values("pk").count():
            held.append(_blockers_of(model, rows, count, user))
    attached = Attachment.objects.of(row).order_by()
    if count := attached.count():
        held.append(_blockers_of(Attachment, attached, count, user))
    return held


def _holders(model: Any, way: str = "") -> Iterator[tuple[Any, str]]:
    """Yield the models whose records keep one of `model`, each with the lookup path that leads to
    it; the path may lead through parts of the record."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.many_to_many:
            continue
        below, name = relation.related_model, relation.field.name
        lookup = f"{name}__{way}" if way else name
        if relation.on_delete in (PROTECT, RESTRICT):
            if owner := below._meta.auto_created:
                yield owner, _by_list(owner, below, lookup)
            else:
                yield below, lookup
        elif relation.on_delete.__name__ == "CASCADE" and not below._meta.auto_created:
            yield from _holders(below, lookup)


def _by_list(owner: Any, table: Any, lookup: str) -> str:
    """Return the lookup path through the list field of `owner`, in place of that through the table
    behind the list."""
    field = next(f for f in owner._meta.local_many_to_many if f.remote_field.through is table)
    _, _, rest = lookup.partition("__")
    return f"{field.name}__{rest}" if rest else field.name


def _blockers_of(model: Any, rows: Any, count: int, user: Any) -> Blockers:
    seen = rows
    if hasattr(model._default_manager, "visible_to"):
        visible = model._default_manager.visible_to(user).order_by()
        seen = model._base_manager.filter(pk__in=rows.values("pk")).filter(
            pk__in=visible.values("pk")
        )
    names = {field.name for field in model._meta.concrete_fields}
    code = "code" if "code" in names else None
    name = next((column for column in CALLED if column in names), None)
    columns = [column for column in ("pk", code, name) if column]
    first = seen.order_by("pk").values(*dict.fromkeys(columns))[:FEW]
    named = tuple((row["pk"], row.get(code, ""), row.get(name, "")) for row in first)
    return Blockers(model, count, count - seen.count(), named)
