"""What the address of a register asks for: filters, search, order, columns, groups, a page.

The names are those of REST, so that the same query leads to the same rows there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.http import QueryDict
from django_filters.filters import ModelChoiceFilter

from pmhub.collation import arranged, found
from pmhub.filters import NO_RECORD, DateFilter, NumberFilter, OptionalFilter, TruthFilter
from pmhub.models import Archivable
from pmhub.registers import Register
from pmhub.showing import as_shown, searchable, where_shown
from pmhub.views.registers.cells import columns_of
from pmhub.views.registers.names import choices

OWN = frozenset({"search", "ordering", "column", "group", "page", "archived", "view"})
VIEWS = ("", "table", "grid", "board")
SIZE = 50
MOST_OPTIONS = 300  # of a filter by a record
LONGEST_SEARCH, MOST_TERMS = 200, 8
ENDS = {"gte": "from", "lte": "to"}
PAGE = re.compile(r"[1-9][0-9]{0,5}")
ARCHIVED = {"": True, "true": False, "all": None}


class Misread(Exception):
    """The address asks for something that is not there; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as a form shows it: `options` of (value, words), or a field to type in."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    type: str = "select"

    @property
    def words(self) -> str:
        """What is filtered by, as a chip says it."""
        return dict(self.options).get(self.value, self.value)


class Asked:
    """A register's address, read; raises Misread."""

    def __init__(
        self, register: Register, resource: Any, query: QueryDict, fixed: Mapping[str, Any]
    ) -> None:
        self.register, self.resource, self.query, self.fixed = register, resource, query, fixed
        self.known = resource.filterset_class.base_filters
        self._check()
        self.search = query.get("search", "")[:LONGEST_SEARCH]
        self.ordering = query.get("ordering", register.order)
        self.group = "" if query.get("view") == "board" else query.get("group", "")
        self.page = int(query.get("page", "1") or 1)
        self.as_grid = query.get("view") == "grid"
        self.as_board = query.get("view") == "board"
        own = [name for name in register.columns if name not in fixed]
        self.chosen = list(dict.fromkeys(query.getlist("column")))
        self.columns = self.chosen or own

    def _check(self) -> None:
        """Raise Misread for what is not there."""
        query, columns = self.query, columns_of(self.register)
        for name in query:
            if name not in OWN and name not in self.known:
                raise Misread(f"There is no filter of the name {name[:60]} here.")
        if unknown := set(query.getlist("column")) - columns.keys():
            raise Misread(f"There is no column of the name {min(unknown)[:60]} here.")
        orders = {name.strip("- ") for name in query.get("ordering", "").split(",")} - {""}
        wrong = {
            "A page is a number from 1 on.": not PAGE.fullmatch(query.get("page") or "1"),
            "One cannot order by that.": bool(orders - set(self.resource.ordering_fields)),
            "One cannot group by that.": query.get("group", "") not in ("", *self.register.groups),
            "A view is table or grid.": query.get("view", "") not in VIEWS,
            "This list has no board.": query.get("view") == "board" and not self.register.board,
            "Archived is true or all.": query.get("archived", "") not in ARCHIVED,
            f"Search for at most {MOST_TERMS} words.": len(query.get("search", "").split())
            > MOST_TERMS,
            "This list cannot be searched.": bool(query.get("search", "").split())
            and not self.resource.search_fields,
            "There is nothing to see in that.": any("\x00" in text for text in query.values()),
        }
        for sentence, is_wrong in wrong.items():
            if is_wrong:
                raise Misread(sentence)

    @property
    def values(self) -> dict[str, str]:
        """The filters that are set, by name."""
        return {
            name: str(value)
            for name, value in self.query.dict().items()
            if name in self.known and value != ""
        }

    @property
    def narrows(self) -> bool:
        """Whether fewer rows are asked for than there are."""
        return bool(self.values or self.search)

    def rows(self, request: Any) -> QuerySet:
        """The rows that are asked for, in their order; raises Misread for values that are none."""
        rows = self.resource.get_queryset()
        if issubclass(self.register.model, Archivable):
            gone = ARCHIVED[self.query.get("archived", "")]
            rows = rows if gone is None else rows.filter(archived_at__isnull=gone)
        if given := {**self.values, **self.fixed}:
            filters = self.resource.filterset_class(data=given, queryset=rows, request=request)
            if not filters.is_valid():
                raise Misread(self._refusal(filters.errors))
            rows = filters.qs
        if self.search:
            user, fields = request.user, self.resource.search_fields
            rows = found(rows, self.search, searchable(rows.model, fields, user))
        if self.group:
            rows = rows.annotate(grouped=as_shown(rows.model, self.group, request.user))
        return rows.order_by(*self._order(rows, request.user))

    def _order(self, rows: QuerySet, user: Any) -> list[Any]:
        names = [name.strip() for name in self.ordering.split(",") if name.strip()]
        order = arranged(rows.model, names) if names else [*rows.model._meta.ordering]
        return [*([self._grouped(user)] if self.group else []), *order, "pk"]

    def _grouped(self, user: Any) -> Any:
        """What brings the rows of a group together: choices in the order in which they are said."""
        values = columns_of(self.register)[self.group].choices
        if not values:
            # A relation by its name is in the order of what it leads to.
            hides = where_shown(self.register.model, self.group, user) is not None
            return "grouped" if hides else self.group
        places = [When(grouped=value, then=Value(at)) for at, value in enumerate(values)]
        return Case(*places, default=Value(len(places)))

    def _refusal(self, errors: Mapping[str, Iterable[Any]]) -> str:
        name, texts = next(iter(errors.items()))
        return f"{self.label(name)}: {' '.join(map(str, texts))}"

    def label(self, name: str) -> str:
        """What a filter is called."""
        path, _, end = name.partition("__")
        label = self.register.label(path)
        return f"{label}, {ENDS[end]}" if end in ENDS else label

    # As a form

    def few(self, user: Any) -> list[Filter]:
        """The filters that stand above the list."""
        names = [name for name in self.register.filters if name not in self.fixed]
        return [self._filter(name, user) for name in names]

    def more(self, user: Any) -> list[Filter]:
        """The other filters."""
        return [self._filter(name, user) for name in self._others()]

    def _others(self) -> Iterator[str]:
        for name in self.known:
            path, _, end = name.partition("__")
            ranged = f"{path}__gte" in self.known
            if name in self.fixed or name in self.register.filters or name in ("code", "search"):
                continue
            if (ranged and end in ENDS) or (not ranged and not end):
                yield name

    def _filter(self, name: str, user: Any) -> Filter:
        declared, value, label = self.known[name], self.query.get(name, ""), self.label(name)
        if isinstance(declared, ModelChoiceFilter):
            return self._of_records(name, declared, user)
        if isinstance(declared, TruthFilter):
            return Filter(name, label, value, (("true", "Yes"), ("false", "No")))
        if isinstance(declared, DateFilter):
            return Filter(name, label, value, type="date")
        if choices := declared.extra.get("choices"):
            words = tuple((str(each), str(said)) for each, said in choices)
            return Filter(name, label, value, words)
        return Filter(name, label, value, type="number" if _is_number(declared) else "text")

    def _of_records(self, name: str, declared: Any, user: Any) -> Filter:
        model = declared.extra["queryset"](_Of(user)).model
        none = ((NO_RECORD, "None"),) if isinstance(declared, OptionalFilter) else ()
        options = (*none, *choices(model, user, MOST_OPTIONS))
        value = self.query.get(name, "")
        if value and value not in dict(options):
            options = (*options, (value, f"{self.label(name)} {value}"))
        return Filter(name, self.label(name), value, options)

    def chips(self, user: Any) -> list[Filter]:
        """The filters that are set."""
        return [self._filter(name, user) for name in self.values]


@dataclass(frozen=True, slots=True)
class _Of:
    """As much of a request as a filter's choices ask of it."""

    user: Any


def _is_number(declared: Any) -> bool:
    return isinstance(declared, NumberFilter)
