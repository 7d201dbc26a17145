"""The query in the address of a list: filters, search, order, columns, group and page.

The names are those of REST, so that the same query leads to the same rows there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.http import QueryDict

from pmhub.access.past_rights import seen_now
from pmhub.access.restricted_fields import as_shown, field_visibility
from pmhub.database import past
from pmhub.database.custom import PREFIX
from pmhub.filters.custom import custom_fields, expression, in_order, search_rows
from pmhub.models import Archivable
from pmhub.registers import Register
from pmhub.views.registers.cells import columns_for, columns_of
from pmhub.views.registers.filtering import (
    ASKED,
    SHARE,
    Filtering,
    field_and_operator,
    filter_label,
)
from pmhub.views.registers.names import Units

OWN = frozenset({
    "search", "ordering", "column", "group", "page", "archived", "view", "as_of", "on", *ASKED,
})  # fmt: skip
APART = ("board", "lanes")  # views of a list without pages of rows
VIEWS = ("", "table", "grid", *APART)
SIZE = 50
LONGEST_SEARCH, MOST_TERMS = 200, 8
PAGE = re.compile(r"[1-9][0-9]{0,5}")
ARCHIVED = {"": True, "true": False, "all": None}


class BadQuery(Exception):
    """The address asks for something that does not exist; the message says what."""


class RegisterQuery:
    """The query in the address of a list; raises BadQuery when it is made of one that asks for what
    does not exist."""

    def __init__(
        self, register: Register, resource: Any, query: QueryDict, fixed: Mapping[str, Any]
    ) -> None:
        self.register, self.resource, self.query, self.fixed = register, resource, query, fixed
        self.user = resource.request.user
        self.columns_known = columns_for(register, self.user)
        self.known = resource.filterset_class.known_to(self.user)
        self._check()
        self.search = query.get("search", "")[:LONGEST_SEARCH]
        self.ordering = query.get("ordering", register.order)
        self.view = query.get("view", "")
        self.group = "" if self.view in APART else query.get("group", "")
        self.page = int(query.get("page", "1") or 1)
        self.as_grid = self.view == "grid" and not past.is_past()
        own = [name for name in register.columns if name not in fixed]
        self.chosen = list(dict.fromkeys(query.getlist("column")))
        self.columns = self.chosen or own

    def _check(self) -> None:
        """Raise BadQuery if the address names something that does not exist."""
        query, columns = self.query, self.columns_known
        for name in query:
            if name not in OWN and name not in self.known:
                raise BadQuery(f"There is no filter of the name {name[:60]} here.")
        if unknown := set(query.getlist("column")) - columns.keys():
            raise BadQuery(f"There is no column of the name {min(unknown)[:60]} here.")
        orders = {name.strip("- ") for name in query.get("ordering", "").split(",")} - {""}
        wrong = {
            "There is no filter of that name here.": self.open_filter not in ("", *self._fields),
            "A page is a number from 1 on.": not PAGE.fullmatch(query.get("page") or "1"),
            "One cannot order by that.": bool(
                orders - {*self.resource.ordering_fields, *self.custom}
            ),
            "One cannot group by that.": query.get("group", "") not in ("", *self.groups),
            "A view is table or grid.": query.get("view", "") not in VIEWS,
            "This list has no board.": query.get("view") == "board" and not self.register.board,
            "This list has no lanes.": query.get("view") == "lanes" and not self.register.lanes,
            "Archived is true or all.": query.get("archived", "") not in ARCHIVED,
            f"Search for at most {MOST_TERMS} words.": len(query.get("search", "").split())
            > MOST_TERMS,
            "This list cannot be searched.": bool(query.get("search", "").split())
            and not self.resource.search_fields,
            "There is nothing to see in that.": any("\x00" in text for text in query.values()),
        }
        for sentence, is_wrong in wrong.items():
            if is_wrong:
                raise BadQuery(sentence)

    @property
    def values(self) -> dict[str, str]:
        """The filters that are set, by name."""
        return {
            name: str(value)
            for name, value in self.query.dict().items()
            if name in self.known and value != ""
        }

    @property
    def apart(self) -> bool:
        """Whether the list is shown in a view without rows, such as a board."""
        return self.view in APART

    @property
    def narrows(self) -> bool:
        """Whether filters or a search leave rows out."""
        return bool(self.values or self.search)

    def rows(self, request: Any) -> QuerySet:
        """Return the rows in their order; raises BadQuery for filters with impossible values."""
        rows = self.resource.get_queryset()
        if issubclass(self.register.model, Archivable):
            gone = ARCHIVED[self.query.get("archived", "")]
            rows = rows if gone is None else rows.filter(archived_at__isnull=gone)
        if given := {**self.values, **self.fixed}:
            filters = self.resource.filterset_class(data=given, queryset=rows, request=request)
            if not filters.is_valid():
                raise BadQuery(self._refusal(filters.errors))
            rows = filters.qs
        if self.search:
            rows = search_rows(rows, self.search, self.resource.search_fields, request.user)
        rows = seen_now(rows, request.user)
        if self.group:
            rows = rows.annotate(grouped=self._group_of(rows.model, request.user))
        return rows.order_by(*self._order(rows, request.user))

    def _order(self, rows: QuerySet, user: Any) -> list[Any]:
        names = [name.strip() for name in self.ordering.split(",") if name.strip()]
        computed = self.resource.serializer_class.Meta.expressions
        order = [*rows.model._meta.ordering]
        if names:
            order = in_order(rows, names, user, computed)
        return [*([self._grouped(user)] if self.group else []), *order, "pk"]

    @property
    def groups(self) -> list[str]:
        """The names of the fields by which the list can be grouped, custom fields included."""
        own = [name for name, column in self.columns_known.items() if column.parts_rows]
        return [*self.register.groups, *own]

    def _group_of(self, model: Any, user: Any) -> Any:
        """Return an expression for a row's value in the field by which the list is grouped."""
        if self.group in self.custom:
            return expression(custom_fields(model, user)[self.group])
        return as_shown(model, self.group, user)

    def _grouped(self, user: Any) -> Any:
        """Return what to order by so that the rows of a group are together; choices come in the
        order of their declaration."""
        if self.group in self.custom:
            return in_order(self.register.model.objects.none(), [self.group], user, {})[0]
        values = columns_of(self.register)[self.group].choices
        if not values:
            # A relation is ordered by what it leads to, not by id.
            hides = field_visibility(self.register.model, self.group, user) is not None
            return "grouped" if hides else self.group
        places = [When(grouped=value, then=Value(at)) for at, value in enumerate(values)]
        return Case(*places, default=Value(len(places)))

    def _refusal(self, errors: Mapping[str, Iterable[Any]]) -> str:
        name, texts = next(iter(errors.items()))
        label = filter_label(self.label, name, self.known.get(name))
        return f"{label}: {' '.join(map(str, texts))}"

    def label(self, name: str) -> str:
        """Return the label of a field by which the list is filtered."""
        if name in self.custom:
            return self.columns_known[name].label
        return self.register.label(name.replace("__", "_"))

    @property
    def custom(self) -> list[str]:
        """The names of the custom fields that the list may show."""
        return [name for name in self.columns_known if name.startswith(PREFIX)]

    def filtering(self, user: Any, units: Units) -> Filtering:
        """Return the filters as the page shows them; `units` are those of the money in the list."""
        columns = self.columns_known

        def unit(name: str) -> str:
            look = columns[name].look if name in columns else ""
            if look == "money" and "unit" not in columns:  # with `unit` each record has its own
                return units.one
            return SHARE if look == "share" else ""

        return Filtering(self.known, self.query, self.label, unit, self.fixed, user)

    @property
    def _fields(self) -> set[str]:
        return {
            name for name in self.known if field_and_operator(name) == (name, "")
        } - self.fixed.keys()

    @property
    def open_filter(self) -> str:
        """The field whose filter form is open; empty for none."""
        return self.query.get("filter", "")
