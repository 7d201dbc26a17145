"""The filters of a list as its page shows them: a few above the list, a chip for each that is set,
and the form that sets one with an operator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django_filters.filters import CharFilter, ModelChoiceFilter

from pmhub import formats
from pmhub.filters import DateFilter, NumberFilter, OptionalFilter, TruthFilter
from pmhub.filters.operators import NO_RECORD, PERIODS
from pmhub.numerals import typed, typed_share
from pmhub.views.registers.names import choices

MOST_OPTIONS = 300  # options of a filter by a record
MOST_SAID = 4  # values that a chip names
SHARE = "%"  # the unit of fields that hold a share of 1
ASKED = ("filter", "is", "is-values", "is-text", "is-day", "is-days", "is-from", "is-to")
OPERATORS = frozenset({
    "begins", "contains", "gt", "gte", "in", "isnull", "last", "lt", "lte", "next", "not", "when",
})  # fmt: skip
ENDS = {"gte": "from", "lte": "to"}  # labels for the ends of a range
# Labels for the fields that ask for these ends, of days and of numbers.
EARLIEST, LEAST = {"gte": "earliest", "lte": "latest"}, {"gte": "at least", "lte": "at most"}
Says = Callable[[str], str]

# Labels of the operators, with the parts of the form that ask for their values.
TEXT = {
    "contains": ("contains", "text"),
    "begins": ("begins with", "text"),
    "": ("is", "text"),
    "not": ("is not", "text"),
}
RECORDS = {"in": ("is one of", "values"), "not": ("is none of", "values")}
ONE = {"": ("is", "values")}
TRUTH = {"true": ("yes", ""), "false": ("no", "")}
NUMBER = {
    "between": ("between", "range"),
    "": ("is", "text"),
    "gt": ("more than", "text"),
    "lt": ("less than", "text"),
}
DAY = {
    "between": ("between", "range"),
    "next": ("in the next … days", "days"),
    "last": ("in the last … days", "days"),
    **{f"when:{period}": (words, "") for period, words in PERIODS.items()},
    "": ("on", "day"),
    "lt": ("before", "day"),
    "gt": ("after", "day"),
}
EMPTY = {"isnull:true": ("is not set", ""), "isnull:false": ("is set", "")}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter above the list: `options` as (value, words), or an input of this `type` if there are
    none."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    type: str = "select"


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set: its label and value in words, the address of the form that changes it,
    and that of the list without it."""

    label: str
    words: str
    change: str
    without: str


@dataclass(frozen=True, slots=True)
class FilterForm:
    """The form that sets the filter of a field. An operator is (value, words, the part of the form
    that it needs, whether it is chosen), an option is (value, words, whether it is chosen). `typed`
    holds what the user typed, `type` is the type of the inputs, `unit` the unit of amounts, `rest`
    the other parameters of the address, and `without` the address without this filter."""

    label: str
    name: str
    operators: list[tuple[str, str, str, bool]]
    options: list[tuple[str, str, bool]]
    typed: Mapping[str, str]
    type: str
    unit: str
    rest: list[tuple[str, str]]
    without: str


def filter_label(label: Says, name: str, declared: Any) -> str:
    """Return the label of a filter; `label` returns that of a field."""
    path, operator = field_and_operator(name)
    if operator not in ENDS:
        return label(name)
    ends = EARLIEST if isinstance(declared, DateFilter) else LEAST
    return f"{label(path)}, {ends[operator]}"


def field_and_operator(name: str) -> tuple[str, str]:
    """Return the field and the operator in the name of a filter."""
    path, _, operator = name.rpartition("__")
    return (path, operator) if path and operator in OPERATORS else (name, "")


class Filtering:
    """The filters that a list knows (`known`), and those that its address sets (`query`), for a
    user. `label` returns the label of a field, `unit` the unit of its amounts or "%" for a share.
    The user cannot change the filters in `fixed`."""

    def __init__(
        self,
        known: Mapping[str, Any],
        query: QueryDict,
        label: Says,
        unit: Says,
        fixed: Iterable[str],
        user: Any,
    ) -> None:
        self.known, self.query, self.label, self.user = known, query, label, user
        self.unit = unit
        self.fixed = frozenset(fixed)

    @property
    def fields(self) -> list[tuple[str, str, str]]:
        """The fields that can be filtered, as (name, label, address of the form)."""
        names = dict.fromkeys(field_and_operator(name)[0] for name in self.known)
        offered = [
            (name, self.label(name), self._address({"filter": name}))
            for name in names
            if name in self.known and name not in self.fixed
        ]
        return sorted(offered, key=lambda field: field[1].casefold())

    def few(self, names: Iterable[str]) -> list[Filter]:
        """Return these filters, which are shown above the list, except fixed ones."""
        return [self._filter(name) for name in names if name not in self.fixed]

    def rest(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Return the filters that are set and not among these names, as (name, value)."""
        return [(name, value) for name, value in self._set if name not in {*names}]

    @property
    def _set(self) -> list[tuple[str, str]]:
        """The filters that are set, as (name, value)."""
        given = ((name, str(self.query.get(name))) for name in self.query if name in self.known)
        return [(name, value) for name, value in given if value]

    def _filter(self, name: str) -> Filter:
        declared, value = self.known[name], self.query.get(name, "")
        label = filter_label(self.label, name, declared)
        if options := self._options(name):
            if value and value not in dict(options):
                options = (*options, (value, f"{label} {value}"))
            return Filter(name, label, value, options)
        return Filter(name, label, value, type="date" if isinstance(declared, DateFilter) else
                      "number" if isinstance(declared, NumberFilter) else "text")  # fmt: skip

    def _options(self, path: str) -> tuple[tuple[str, str], ...]:
        """Return the values to choose from for a field, as (value, words); none if a value is
        typed."""
        declared = self.known[path]
        if isinstance(declared, ModelChoiceFilter):
            model = declared.extra["queryset"](_RequestPart(self.user)).model
            none = ((NO_RECORD, "None"),) if isinstance(declared, OptionalFilter) else ()
            records = choices(model, self.user, MOST_OPTIONS)
            return (*none, *((str(id), words) for id, words in records))
        if isinstance(declared, TruthFilter):
            return ("true", "Yes"), ("false", "No")
        return tuple(
            (str(value), str(label)) for value, label in declared.extra.get("choices") or ()
        )

    # Chips

    @property
    def chips(self) -> list[Chip]:
        """The filters that are set, one chip each; the two ends of a range share one."""
        given, chips = dict(self._set), []
        for name in given:
            path, operator = field_and_operator(name)
            ends = f"{path}__gte", f"{path}__lte"
            if name in self.fixed or (name == ends[1] and ends[0] in given):
                continue
            names = ends if name in ends else (name,)
            words = self._words(path, operator, given)
            without = self._address({}, names)
            chips.append(Chip(self.label(path), words, self._address({"filter": path}), without))
        return chips

    def _words(self, path: str, operator: str, given: Mapping[str, str]) -> str:
        if operator in ENDS:
            return " ".join(
                f"{word} {self._value_in_words(path, given[f'{path}__{end}'])}"
                for end, word in ENDS.items()
                if f"{path}__{end}" in given
            )
        value = given[f"{path}__{operator}" if operator else path]
        kind = self._kind(path)
        words = {
            "in": lambda: self._any(path, value),
            "not": lambda: f"not {self._any(path, value) if kind is RECORDS else f'“{value}”'}",
            "contains": lambda: f"contains “{value}”",
            "begins": lambda: f"begins with “{value}”",
            "next": lambda: f"in the next {value} days",
            "last": lambda: f"in the last {value} days",
            "when": lambda: PERIODS.get(value, value),
            "isnull": lambda: "not set" if value == "true" else "set",
            "lt": lambda: f"{kind['lt'][0]} {self._value_in_words(path, value)}",
            "gt": lambda: f"{kind['gt'][0]} {self._value_in_words(path, value)}",
        }
        return words.get(operator, lambda: self._value_in_words(path, value))()

    def _any(self, path: str, value: str) -> str:
        words = [self._value_in_words(path, part) for part in value.split(",")]
        more = len(words) - MOST_SAID
        listed = [*words[:MOST_SAID], f"{more} more"] if more > 1 else words
        return " or ".join(listed)

    def _value_in_words(self, path: str, value: str) -> str:
        """Return a value as people read it."""
        declared = self.known.get(path)
        if isinstance(declared, DateFilter):
            return formats.day(value)
        if isinstance(declared, NumberFilter):
            number = formats.decimal_of(value)
            return value if number is None else self._amount(path, number)
        words = dict(self._options(path)).get(value) if declared is not None else None
        unnamed = isinstance(declared, ModelChoiceFilter)
        return words or (f"{self.label(path)} {value}" if unnamed else value)

    def _amount(self, path: str, number: Decimal) -> str:
        """Return a number as people read and type it: an amount with its unit, a share as a
        percentage."""
        unit = self.unit(path)
        if unit == SHARE:
            return f"{formats.grouped(number * 100)}%"
        return f"{formats.grouped(number)} {unit}".strip()

    # The form

    def _kind(self, path: str) -> Mapping[str, tuple[str, str]]:
        """Return the operators of a field, without those for empty values."""
        declared = self.known.get(path)
        if isinstance(declared, TruthFilter):
            return TRUTH
        if isinstance(declared, DateFilter):
            return DAY
        if isinstance(declared, NumberFilter):
            return NUMBER
        if isinstance(declared, CharFilter):
            return TEXT
        return RECORDS if f"{path}__in" in self.known else ONE

    def _operators(self, path: str) -> Iterator[tuple[str, str, str]]:
        declares = {
            end for name in self.known for own, end in [field_and_operator(name)] if own == path
        }
        for token, (words, asks) in {**self._kind(path), **EMPTY}.items():
            needs = {"between": "gte"}.get(token, token.partition(":")[0])
            if token in TRUTH or needs in declares:
                yield token, words, asks

    def form_of(self, path: str) -> FilterForm:
        """Return the form for the filter of a field, filled in with what is set."""
        given, kind = dict(self._set), self._kind(path)
        own = {name: value for name, value in given.items() if field_and_operator(name)[0] == path}
        values = {field_and_operator(name)[1]: value for name, value in own.items()}
        operator, value = next(iter(values.items()), ("", ""))
        chosen = self._token(operator, value, kind)
        several = {value} if operator == "" else {*value.split(",")}
        operators = [(*pair, pair[0] == chosen) for pair in self._operators(path)]
        return FilterForm(
            label=self.label(path),
            name=path,
            operators=operators,
            options=[(key, words, key in several) for key, words in self._options(path)],
            typed={
                "value": self._typed(path, value),
                "from": self._typed(path, values.get("gte", "")),
                "to": self._typed(path, values.get("lte", "")),
            },
            type="date" if kind is DAY else "text",
            unit=self.unit(path) if kind is NUMBER else "",
            rest=self._written(own),
            without=self._address({}, own),
        )

    def _typed(self, path: str, value: str) -> str:
        """Return a value as a user would type it."""
        number = formats.decimal_of(value) if self.unit(path) == SHARE else None
        return value if number is None else f"{formats.plain(number * 100)}%"

    def _token(self, operator: str, value: str, kind: Mapping[str, Any]) -> str:
        """Return the choice of the form that stands for an operator in the address."""
        if kind is TRUTH:
            return value
        if operator in ("when", "isnull"):
            return f"{operator}:{value}"
        if operator in ("gte", "lte"):
            return "between"
        return "in" if kind is RECORDS and not operator else operator

    def settled(self, path: str) -> str:
        """Return the address of the list after the form for a field was sent."""
        query, token = self.query, self.query.get("is", "")
        own = [name for name in self.known if field_and_operator(name)[0] == path]
        operator, _, value = token.partition(":")
        kind = {token: asks for token, _, asks in self._operators(path)}.get(token, "")
        if kind == "range":
            new = {f"{path}__{end}": query.get(f"is-{word}", "") for end, word in ENDS.items()}
        elif kind == "":
            new = {f"{path}__{operator}": value} if value else {path: operator}
        else:
            given = ",".join(query.getlist(f"is-{kind}"))
            single = operator == "in" and "," not in given
            new = {path if single or not operator else f"{path}__{operator}": given}
        return self._address({name: self._plain(path, value) for name, value in new.items()}, own)

    def _plain(self, path: str, value: str) -> str:
        """Return a number in the form of the address, however it was typed."""
        if not isinstance(self.known.get(path), NumberFilter):
            return value
        unit = self.unit(path)
        number = typed_share(value) if unit == SHARE else typed(value, unit)
        return value.strip() if number is None else number

    # Addresses

    def _written(self, without: Iterable[str]) -> list[tuple[str, str]]:
        """Return the parameters of the address, without these filters, the page number and the
        form."""
        gone = {*without, *ASKED, "page"}
        return [
            (name, value)
            for name, values in self.query.lists()
            for value in values
            if name not in gone and value != ""
        ]

    def _address(self, new: Mapping[str, str], without: Iterable[str] = ()) -> str:
        query = QueryDict(mutable=True)
        for name, value in self._written({*without, *new}):
            query.appendlist(name, value)
        query.update({name: value for name, value in new.items() if value != ""})
        return f"?{query.urlencode()}" if query else "?view=table"


@dataclass(frozen=True, slots=True)
class _RequestPart:
    """The only part of a request that the choices of a filter need."""

    user: Any
