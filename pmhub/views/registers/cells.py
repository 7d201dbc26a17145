"""How values of a record's fields are shown, in lists and on its page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from rest_framework import serializers

from pmhub import formats
from pmhub.database.custom import PREFIX
from pmhub.models import Person
from pmhub.registers import Register
from pmhub.serializers.fields import NamedRules
from pmhub.text import label_of
from pmhub.views.registers.names import Names
from programmes.models import FieldType
from programmes.queries.custom_fields import Fields, visible_custom_fields

YEARS = ("year", "price_base")  # parts of names of fields that hold a year
FIGURES = frozenset({"money", "share", "hundred", "number", "day", "year"})
SHARE = (5, 4)  # digits and decimals of a field that holds a share of 1
YES, NO = "Yes", "No"
MOST_RULES = 6  # rules that one cell shows
COLOURS = frozenset({"green", "amber", "red"})
GROUPING = frozenset({"choice", "record", "flag"})
CUSTOM_LOOKS = {
    "text": "text", "number": "number", "money": "money", "date": "day", "choice": "choice",
    "person": "record", "bool": "flag",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a register as a column: its label, and how its values are shown (`look`)."""

    name: str
    label: str
    look: str
    choices: Mapping[Any, str]
    model: Any  # of a relation, the related model
    instead: tuple[str, ...]  # of a relation, the fields that are shown where it is empty
    gone: bool = False  # of a custom field, whether it is retired

    @property
    def figure(self) -> bool:
        """Whether the values are figures, which are aligned to the right."""
        return self.look in FIGURES

    @property
    def parts_rows(self) -> bool:
        """Whether this is a custom field by which rows can be grouped, as it has only a few
        values."""
        return self.name.startswith(PREFIX) and self.look in GROUPING and not self.gone


A_WORD, A_WORD_OR_TWO = 16, 24  # characters; a longer text counts as a sentence
NAMING = frozenset({"title", "name", "text", "deliverable"})  # fields that say what a row is


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows: `parts`, (text, address or "") for each record that it names, or else
    one `text`. `colour` is that of a status; `names` says that it is the title of its record."""

    parts: tuple[tuple[str, str], ...] = ()
    text: str = formats.NOTHING
    colour: str = ""
    label: str = ""
    figure: bool = False
    look: str = ""
    names: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        # By its values: pages compare hundreds of cells, and a dataclass looks its fields up anew.
        return Cell, VALUES_OF(self)

    @property
    def room(self) -> str:
        """The CSS class for the space that the cell takes in a table: figures align to the right;
        records, moments and short choices stay in one line; long texts get a wide column. On a
        phone what names the row stands beside its code, and what is empty is left out."""
        roles = {"titled": self.names, "unset": self.text == formats.NOTHING and not self.parts}
        held = [name for name, holds in roles.items() if holds]
        return " ".join(filter(None, (self._width, *held)))

    @property
    def _width(self) -> str:
        if self.figure:
            return "num"
        short = self.look == "choice" and len(self.text) <= A_WORD
        if short or self.look in ("record", "moment"):
            return "nowrap"
        return "worded" if self.look == "text" and len(self.text) > A_WORD_OR_TWO else ""


VALUES_OF = attrgetter(*(field.name for field in fields(Cell)))


@cache
def columns_of(register: Register) -> dict[str, Column]:
    """Return the columns that a register may have, by field, without custom fields."""
    known = register.serializer._templates()
    priced = "currency" in known
    return {
        name: column_of(
            name,
            known[name],
            register.label(name),
            priced=priced,
            model=_related(register.model, name, known[name]),
            instead=register.instead.get(name, ()),
        )
        for name in register.names
        if not known[name].write_only
    }


def columns_for(register: Register, user: Any) -> dict[str, Column]:
    """Return the columns that a register may have for a user, by field, with custom fields."""
    return columns_of(register) | custom_columns(
        register, visible_custom_fields(register.model, user)
    )


@lru_cache(maxsize=200)
def custom_columns(register: Register, fields: Fields) -> dict[str, Column]:
    """Return custom fields as columns, by their names."""
    # Where each record names the unit of its amounts, these are plain numbers.
    plain = {"money": "number"} if "unit" in register.serializer._templates() else {}
    return {
        field.key: Column(
            field.key,
            f"{field.label} (retired)" if field.retired else field.label,
            plain.get(field.type, CUSTOM_LOOKS[field.type]),
            {value: value for value in field.values},
            Person if field.type == FieldType.PERSON else None,
            (),
            field.retired,
        )
        for field in fields
    }


def column_of(
    name: str,
    field: Any,
    label: str,
    *,
    priced: bool,
    model: Any = None,
    instead: tuple[str, ...] = (),
) -> Column:
    """Return a field of a serializer as a column. If `priced`, its numbers with two decimals are
    money; `model` is the model to which a relation leads."""
    look = _look(name, field, priced=priced)
    return Column(name, label, look, _choices(field), model, instead)


def _look(name: str, field: Any, *, priced: bool) -> str:
    """Return how the values of a field are shown."""
    if name == "code":
        return "code"
    if isinstance(field, serializers.DecimalField):
        if is_share(field):
            return "share"
        if "percent" in name or name.endswith("_pct"):
            return "hundred"
        return "money" if priced and field.decimal_places == 2 else "number"
    if any(word in name for word in YEARS) and isinstance(field, serializers.IntegerField):
        return "year"
    looks: list[tuple[Any, str]] = [
        (serializers.ManyRelatedField, "records"),
        (serializers.RelatedField, "record"),
        (serializers.ChoiceField, "choice"),
        (serializers.BooleanField, "flag"),
        (serializers.DateTimeField, "moment"),
        (serializers.DateField, "day"),
        (serializers.IntegerField | serializers.FloatField, "number"),
        (serializers.ListField, "list"),
        (NamedRules, "rules"),
    ]
    return next((look for kind, look in looks if isinstance(field, kind)), "text")


def is_share(field: Any) -> bool:
    """Return whether a decimal field holds shares of 1, by its number of digits or its style."""
    return (field.max_digits, field.decimal_places) == SHARE or field.style.get("share", False)


def _choices(field: Any) -> Mapping[Any, str]:
    if not isinstance(field, serializers.ChoiceField):
        return {}
    return {value: str(words).replace("_", " ") for value, words in field.choices.items()}


def _related(model: Any, name: str, field: Any) -> Any:
    """Return the model to which a relation leads, be it a field of the model or of the serializer
    alone."""
    if not isinstance(field, serializers.RelatedField | serializers.ManyRelatedField):
        return None
    if name in {own.name for own in model._meta.get_fields()}:
        return model._meta.get_field(name).related_model
    relation: Any = getattr(field, "child_relation", field)
    return relation.queryset.model


def cell(column: Column, row: Mapping[str, Any], names: Names, unit: str, *, long: bool) -> Cell:
    """Return the cell of a row in a column. `unit` is the unit of its money, if the heading does
    not show it; `long` names related records by code and name, otherwise by the shorter of them."""
    value = row[column.name]
    if column.look in ("record", "records"):
        ids = value if column.look == "records" else [value] if value is not None else []
        parts = tuple(names.part(column.model, id, long=long) for id in ids)
        instead = next((str(row[name]) for name in column.instead if row[name]), formats.NOTHING)
        return Cell(parts, "" if parts else instead, label=column.label, look=column.look)
    text = formats.NOTHING if value in (None, "", [], {}) else _text(column, row, value, unit)
    colour = str(value) if str(value) in COLOURS else ""
    names_it = column.look == "text" and column.name in NAMING
    return Cell((), text, colour, column.label, column.figure, column.look, names_it)


def _text(column: Column, row: Mapping[str, Any], value: Any, unit: str) -> str:
    if column.look == "choice":
        label = column.choices.get(value, str(value).replace("_", " "))
        return label[:1].upper() + label[1:]
    if column.look == "money":
        if row.get("currency"):
            return f"{formats.money(value, _places(value))} {unit}".strip()
        return f"{formats.grouped(Decimal(value))} {row.get('unit') or ''}".strip()
    return LOOKS.get(column.look, str)(value)


def _places(value: Any) -> int:
    number = formats.decimal_of(value)
    return 2 if number is not None and number % 1 else 0


def _rules(values: Mapping[str, Any]) -> str:
    """Return the first of named rules in words, and how many more there are."""
    words = {True: YES.lower(), False: NO.lower()}
    rules = [
        f"{label_of(name)} {words[value] if isinstance(value, bool) else value}"
        for name, value in values.items()
    ]
    more = [f"and {len(rules) - MOST_RULES} more"] if len(rules) > MOST_RULES else []
    return ", ".join([*rules[:MOST_RULES], *more])


LOOKS: dict[str, Callable[[Any], str]] = {
    "share": formats.percent,
    "hundred": formats.of_hundred,
    "number": lambda value: formats.grouped(Decimal(value)),
    "day": formats.day,
    "moment": lambda value: formats.day(value.date()),
    "flag": lambda value: YES if value else NO,
    "list": lambda value: " ".join(map(str, value)),
    "rules": _rules,
}


def related_ids(
    columns: Iterable[Column], rows: Iterable[Mapping[str, Any]]
) -> dict[Any, set[int]]:
    """Return the ids of the records that the rows name in these columns, by model."""
    by_model: dict[Any, set[int]] = {}
    for column in columns:
        if column.model is None:
            continue
        ids = by_model.setdefault(column.model, set())
        for row in rows:
            value = row[column.name]
            ids.update(value if isinstance(value, list) else [value] if value is not None else [])
    return by_model
