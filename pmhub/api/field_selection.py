"""`fields`, `omit` and `expand`: the members that an answer holds of each record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from pmhub.api.parameters import names_in
from pmhub.api.representations import Row
from pmhub.api.resources import basename_of, view_of
from pmhub.filters.custom import custom_fields
from programmes.queries.custom_fields import spread_custom

Rows = list[Row]


class FieldSelection:
    """Gives a view of records the choice of the members that its answers hold."""

    @cached_property
    def chosen(self: Any) -> list[str]:
        """The names of members that `fields` and `omit` leave, in the order of `fields` or else of
        the resource; raises a 400 problem."""
        names = self.shape().names
        requested = map(str.strip, self.request.query_params.get("fields", "").split(","))
        custom = custom_fields(self.model, self.request.user, requested)
        names_chosen = names_in(self.request, "fields", [*names, *custom])
        omitted = names_in(self.request, "omit", names)
        return [name for name in dict.fromkeys(names_chosen or names) if name not in omitted]

    @cached_property
    def view(self: Any) -> Callable[[Rows], Rows]:
        """A function that applies `fields`, `omit` and `expand` to rows; a wrong parameter raises a
        400 problem before any row is read."""
        expanded = names_in(self.request, "expand", self.expandable)
        names, kept = self.shape().names, self.chosen

        def chosen(rows: Rows) -> Rows:
            for name in expanded:
                self._expand(rows, name)
            if kept == list(names):
                return rows
            spread_custom(rows, kept)
            return [{name: row[name] for name in kept} for row in rows]

        return chosen

    def _expand(self: Any, rows: Sequence[Row], name: str) -> None:
        """Put the related record in the place of its id."""
        model = self.model._meta.get_field(name).related_model
        view = view_of(model)(request=self.request, basename=basename_of(model))
        ids = {row[name] for row in rows if row[name]}
        related = view.read(view.get_queryset().filter(pk__in=ids), 0, len(ids))
        by_id = {record["id"]: record for record in related}
        for row in rows:
            row[name] = by_id.get(row[name], row[name])
