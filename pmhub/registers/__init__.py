"""Registers: the pages of a resource, declared once.

A register is the list of a resource's records, and with it the page of one record, the form that
makes or changes one, its verbs and its history. What fields are, and which values they take, is
said by the serializer of the resource; a register says in which order people meet them.

From a declaration come `/{name}/` (all that one may see), `/{parents}/{id}/{name}/`,
`/{name}/new/`, `/{name}/{id}/`, `/{name}/{id}/edit/` and `/{name}/{id}/history/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from pmhub.database.custom import COLUMN
from pmhub.lifecycle import with_article
from pmhub.serializers import RecordSerializer


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that are shown and filled in together, under a title. `says` helps people to fill them
    in. Texts of a section with `prose` are written in Markdown."""

    title: str
    fields: tuple[str, ...]
    says: str = ""
    prose: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields, in their order."""
        return self.fields


@dataclass(frozen=True, slots=True)
class Matrix:
    """Fields side by side, with a column for each of `views`, such as inherent and residual, and a
    row for each of `parts`, such as the probability. A field's name is `{view}_{part}`. Both
    mappings give the labels."""

    title: str
    views: Mapping[str, str]
    parts: Mapping[str, str]
    says: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields, view by view."""
        return tuple(f"{view}_{part}" for view in self.views for part in self.parts)

    def label(self, name: str) -> str:
        """Return the label of one of the matrix's fields where it is shown outside of its column;
        empty for any other field."""
        for view, when in self.views.items():
            part = self.parts.get(name.removeprefix(f"{view}_"))
            if part and name.startswith(f"{view}_"):
                return f"{part}, {when.lower()}"
        return ""


@dataclass(frozen=True, slots=True)
class Board:
    """A view of the list that counts its records, with a line for each record of the relation
    `rows` and a cell for each of `columns`, in the worst colour of the field `colour`. `says`
    explains the colours."""

    rows: str
    columns: str
    colour: str
    says: str


@dataclass(frozen=True, slots=True)
class Lanes:
    """A view of the list with a column for each value of the choice `by`. The records that have the
    value are cards. A card shows `fields`, the first of which links to the record."""

    by: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """The pages of one resource.

    `name` is the name of its collection, and `about` explains to readers without any record what
    such a record is. `columns` are the fields that a list shows at first, in this order; all other
    fields can be chosen. `filters` are shown above the list, the other filters of the resource
    under *More*. The list can be grouped by the fields in `groups`. Fields in `sums` have a total
    that means something; `unsummed` says of other figures why they have none: empty where that is
    obvious, and not needed for percentages. `parents` are the relations to the records that a
    record belongs to, the nearest first. `labels` are given for fields whose names are no good
    labels. `instead` maps a relation to the fields that are shown where it is empty or leads to a
    record that the reader does not see. `order` is the order at first. `heading` is the title of
    the list where the collection's name is none. A register with `menu` has an entry in the
    navigation of every page.

    `stands` is the field that says beside a record's title how it stands, where its state alone
    does not, as with what ends by its last day.

    `panels` are further parts of a record's page, by name (`pmhub/registers/panels.py`);
    `first_panels` of them are shown below the title. `list_panels` are shown above the list, and
    are given the record that the list is narrowed to, or None. With a `board` the list can be shown
    as one too, and with `lanes` as cards in columns.

    While somebody writes a new record, lessons that match the text in the fields in `typed` are
    offered. A record with `autosaves` is saved while somebody writes it, as drafts of long texts
    are. Fields in `told` are filled in but not shown, for a panel or another field shows what they
    hold.

    `called` is the pattern of a record's name if it has none of its own, with fields in braces,
    such as "{board}, {on}"; of several fields with | between them the first that is not empty is
    used. A record in braces is named by its code, and with a + by its name too. A record with a
    code is named by the code first, unless the pattern has it.
    """

    name: str
    serializer: type[RecordSerializer]
    about: str
    columns: tuple[str, ...]
    sections: tuple[Section | Matrix, ...]
    parents: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    unsummed: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    order: str = ""
    menu: bool = False
    heading: str = ""
    stands: str = ""
    panels: tuple[str, ...] = ()
    first_panels: tuple[str, ...] = ()
    list_panels: tuple[str, ...] = ()
    board: Board | None = None
    lanes: Lanes | None = None
    called: str = ""
    told: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    autosaves: bool = False

    @property
    def model(self) -> Any:
        """Model of the register's records."""
        return self.serializer.Meta.model

    @property
    def one(self) -> str:
        """Name of one record in lower case, such as "risk"."""
        return str(self.model._meta.verbose_name)

    @property
    def a(self) -> str:
        """Name of one record with its article, such as "a risk"."""
        return with_article(self.one)

    @property
    def title(self) -> str:
        """Title of the list."""
        return self.heading or self.name.replace("-", " ").capitalize()

    @property
    def names(self) -> list[str]:
        """Names of all fields that a list can show: the columns, then the others in the order of
        the form."""
        said = dict.fromkeys((*self.columns, *(n for s in self.sections for n in s.names)))
        named = [*said, *(name for name in self.serializer._templates() if name not in said)]
        return [name for name in named if name not in (*self.told, COLUMN)]

    def label(self, name: str) -> str:
        """Return the label of a field."""
        side_by_side = (each.label(name) for each in self.sections if isinstance(each, Matrix))
        return (
            self.labels.get(name)
            or next(filter(None, side_by_side), "")
            or name.removesuffix("_on").replace("_", " ").capitalize()
        )

    def label_of(self, name: str, field: Any) -> str:
        """Return the label of a field that a verb asks for: the register's, or else the field's
        own."""
        own = field._kwargs.get("label")
        return str(own) if own and name not in self.labels else self.label(name)


class Registers:
    """All registers, by the name of their collection and by their model, and the filters of their
    resources. `misread(register, query, request)` returns why a list refuses a query, empty where
    it accepts it. `pmhub/urls/registers.py` sets it, and the routes add the registers."""

    misread: Callable[[Register, QueryDict, Any], str]

    def __init__(self) -> None:
        self._by_name: dict[str, Register] = {}
        self._by_model: dict[Any, Register] = {}
        self._filters: dict[str, frozenset[str]] = {}
        self._narrowed: dict[Any, list[Register]] = {}  # by model, filled on demand

    def add(self, register: Register, filters: Iterable[str]) -> None:
        """Add a register; pages offer registers in the order in which they are added."""
        self._by_name[register.name] = self._by_model[register.model] = register
        self._filters[register.name] = frozenset(filters)
        self._narrowed.clear()

    def named(self, name: str) -> Register | None:
        """Return the register of a collection, or None."""
        return self._by_name.get(name)

    def of(self, model: Any) -> Register | None:
        """Return the register of a model's records, or None."""
        return self._by_model.get(model)

    def below(self, model: Any) -> list[Register]:
        """Return the registers whose records may belong to a record of the model."""
        return [register for register in self._by_name.values() if parent_field(register, model)]

    def filter_by(self, register: Register, model: Any) -> str:
        """Return the name of the filter that narrows a register to what belongs to a record of the
        model, directly or through other records; empty if there is none."""
        names = (model._meta.model_name, parent_field(register, model))
        filters = self._filters[register.name]
        return next((n for n in names if n in filters and not _means_other(register, n, model)), "")

    def narrowed_by(self, model: Any) -> list[Register]:
        """Return the registers that can be narrowed to what belongs to a record of the model."""
        if model not in self._narrowed:
            self._narrowed[model] = [row for row in self if self.filter_by(row, model)]
        return self._narrowed[model]

    @property
    def menu(self) -> list[Register]:
        """The registers that have an entry in the navigation."""
        return [register for register in self._by_name.values() if register.menu]

    def __iter__(self) -> Iterator[Register]:
        return iter(self._by_name.values())


def _means_other(register: Register, name: str, model: Any) -> bool:
    """Return whether a field of the register's records has this name and links to another model or
    none."""
    field = next((field for field in register.model._meta.fields if field.name == name), None)
    return field is not None and field.related_model is not model


def parent_field(register: Register, model: Any) -> str:
    """Return the name of the relation by which a register's records belong to records of a model;
    empty if there is none."""
    for name in register.parents:
        if register.model._meta.get_field(name).related_model is model:
            return name
    return ""


registers = Registers()
