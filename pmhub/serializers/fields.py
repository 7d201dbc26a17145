"""Fields that accept values of their own type, and nothing that only looks like one."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.relations import MANY_RELATION_KWARGS

from pmhub.access.hidden_references import is_hidden
from pmhub.models import lineage
from pmhub.rules import Rules
from pmhub.text import empty, has_lines, legible, tidy
from pmhub.validators import meant_day, not_empty, seen_line, seen_text

LONGEST_TEXT, LONGEST_REASON = 20_000, 2000
LINES = {"base_template": "textarea.html"}  # a text of several lines in the form of a verb
LONGEST_NAME, MOST_NUMBERS = 60, 100
DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
WORD = re.compile(r"[a-z][a-z_]{0,59}")
WHOLE = re.compile(r"-?[0-9]{1,18}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Text(serializers.CharField):
    """Text, and only text: no number instead, and no invisible characters; stored composed
    (NFC)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **kwargs})  # `tidy` trims

    def get_validators(self) -> list[Any]:
        """Return the validators of text in records, also for a field that belongs to no record."""
        return [seen_text if has_lines(self.max_length) else seen_line, not_empty]

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Tidy the text as it will be stored, and validate it."""
        return super().run_validation(tidy(data) if isinstance(data, str) else data)

    def to_internal_value(self, data: Any) -> str:
        """Refuse other types."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Reason(Text):
    """The reason of a change: it is written with a record and stored in the history, not in the
    record."""

    def __init__(self, **kwargs: Any) -> None:
        options = {"max_length": LONGEST_REASON, "required": False, "allow_blank": True}
        style = {"why": True}  # a form empties the field after each change
        super().__init__(**{**options, "write_only": True, "style": style, **kwargs})


class Address(serializers.EmailField):
    """An e-mail address."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse other types."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(tidy(data))


class Number(serializers.DecimalField):
    """A decimal, as a string or a number of JSON."""

    def to_internal_value(self, data: Any) -> Decimal:
        """Refuse values that Python takes for a number and people do not, such as true."""
        if isinstance(data, bool | float) or not isinstance(data, str | int | Decimal):
            self.fail("invalid")
        if isinstance(data, str) and not DECIMAL.fullmatch(data.strip(" ")):
            self.fail("invalid")
        return super().to_internal_value(data)


class Amount(Number):
    """Money in the form of a verb, in whole coins: in the currency of the portfolio of the verb's
    record, or of the record that is chosen in the form's field `of`."""

    def __init__(self, *, of: str = "", **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 14, "decimal_places": 2, **kwargs})
        self.of = of


RULE = {"type": ["string", "number", "boolean"]}  # sent as text or number, answered as stored


@extend_schema_field({"type": "object", "additionalProperties": RULE})
class NamedRules(serializers.JSONField):
    """An object of rules by name, only those that differ from their defaults. A form has an input
    for each rule of `kind`; the rules themselves define which values they take."""

    kind: type[Rules] | None = None
    default_error_messages = {"pairs": "Give an object of names and numbers."}

    def to_internal_value(self, data: Any) -> dict[str, str | bool]:
        """Return the rules with their numbers checked and as text, so that none is rounded; a rule
        that is null keeps its default."""
        if not isinstance(data, dict) or len(data) > MOST_NUMBERS:
            self.fail("pairs")
        return {
            self._name(name): self._value(value)
            for name, value in data.items()
            if value is not None or not self._has(name)
        }

    def _has(self, name: str) -> bool:
        return self.kind is None or name in self.kind.entries()

    def _name(self, name: str) -> str:
        tidied = tidy(name)
        if empty(tidied) or len(tidied) > LONGEST_NAME or not legible(tidied, lines=False):
            self.fail("pairs")
        return tidied

    def _value(self, value: Any) -> str | bool:
        if isinstance(value, bool):  # the rules decide which of them takes one
            return value
        text = str(value)
        if isinstance(value, str) and WORD.fullmatch(value):
            return value
        if isinstance(value, list | dict) or not DECIMAL.fullmatch(text):
            self.fail("pairs")
        return str(Decimal(text))


class WholeNumber(serializers.IntegerField):
    """A whole number."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse `1.0`, `true` and digits of other scripts."""
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("invalid")
        if not WHOLE.fullmatch(str(data).strip(" ")):
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    """True or false; a form may send the words."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuse numbers and other words."""
        if isinstance(data, bool):
            return data
        if data in ("true", "false"):
            return data == "true"
        self.fail("invalid", input=data)
        raise AssertionError  # fail() has raised


class Day(serializers.DateField):
    """YYYY-MM-DD, from 1900 to 2200."""

    default_validators = [meant_day]

    def to_internal_value(self, value: Any) -> date:
        """Refuse other forms of a date."""
        if not isinstance(value, str) or not DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class Moment(serializers.DateTimeField):
    """A moment with its time zone."""

    default_validators = [meant_day]

    def to_internal_value(self, value: Any) -> datetime:
        """Refuse other types."""
        if not isinstance(value, str):
            self.fail("invalid", format="2026-10-31T12:00:00Z")
        return super().to_internal_value(value)


class Choice(serializers.ChoiceField):
    """One of the choices of a field, given as text or a number. Unlike the field of REST framework,
    it refuses objects and booleans."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse objects and booleans, which only look like a choice as text."""
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("invalid_choice", input=str(data)[:100])
        return super().to_internal_value(data)


class RelatedList(serializers.ManyRelatedField):
    """A list of ids, each once."""

    default_error_messages = {"twice": "{pk} is given twice."}

    def to_internal_value(self, data: Any) -> list[Any]:
        """Refuse what is no list, and an id that is given twice."""
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        rows = [*super().to_internal_value(data)]
        if repeated := [row.pk for index, row in enumerate(rows) if row in rows[:index]]:
            self.fail("twice", pk=repeated[0])
        return rows


class Related(serializers.PrimaryKeyRelatedField):
    """The id of another record that the user may see. A record out of sight is refused like one
    that does not exist. A form offers the records that the user may see; a form about a record
    offers only those that `among(rows, record, user)` returns."""

    _offered: dict[Any, str] | None = None

    def __init__(self, *, among: Callable[[Any, Any, Any], Any] | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.among = among

    @property
    def offers_all(self) -> bool:
        """Return whether a form offers all that the user may see."""
        plain = type(self).get_queryset is Related.get_queryset
        return plain and (self.among is None or self.context.get("record") is None)

    @property
    def offers_around(self) -> bool:
        """Return whether what a form offers depends on its record, by `among`, and on nothing else
        of the form."""
        return self.among is not None and type(self).get_queryset is Related.get_queryset

    def offered(self, record: Any = None) -> Any:
        """Return the rows that a form offers; `record` may be given in place of that of the
        form."""
        rows, record = self.get_queryset(), record or self.context.get("record")
        if self.among is None or record is None:
            return rows
        return self.among(rows, record, self.context["request"].user)

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> RelatedList:
        """Return a field for a list of such ids."""
        options = {name: kwargs[name] for name in MANY_RELATION_KWARGS if name in kwargs}
        return RelatedList(child_relation=cls(*args, **kwargs), **options)

    def get_queryset(self) -> Any:
        """Return the rows that the user may see, with what decides about rights on them."""
        rows: Any = self.queryset  # type: ignore[arg-type]  # the stubs take it for a manager's
        model = rows.model
        visible = model._default_manager.visible_to(self.context["request"].user)
        return visible.select_related(*lineage(model))

    def use_pk_only_optimization(self) -> bool:
        """Return true: only the id is ever shown."""
        return True

    def get_choices(self, cutoff: int | None = None) -> dict[Any, str]:
        """Return the choices of a form, names by id, read once."""
        if self._offered is None:
            rows = self.get_queryset().select_related(None)[:cutoff]
            self._offered = {self.to_representation(row): self.display_value(row) for row in rows}
        return self._offered

    def to_internal_value(self, data: Any) -> Any:
        """Return the row with this id. The stored one is accepted even when no other record may
        name it any more, such as one that is archived; one out of sight does not exist."""
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if not WHOLE.fullmatch(str(data)):
            self.fail("incorrect_type", data_type=type(data).__name__)
        pk = int(data)
        instance = getattr(self.parent, "instance", None)
        name = str(self.source)
        if instance is not None and getattr(instance, f"{name}_id", None) == pk:
            stored = getattr(instance, name)
            if not is_hidden(stored, self.context["request"].user):
                return stored
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            self.fail("does_not_exist", pk_value=pk)
        return row


class Currency(serializers.CharField):
    """The currency of the amounts of the record: that of its portfolio."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "min_length": 3, "max_length": 3, **kwargs})


class Money(serializers.DecimalField):
    """A computed amount: read-only, in the unit of the portfolio's amounts."""

    def __init__(self, **kwargs: Any) -> None:
        options = {"read_only": True, "max_digits": 14, "decimal_places": 2, **kwargs}
        super().__init__(**options)


class NoCode(serializers.CharField):
    """The `code` of a record that has none: null, so that all records begin with the same
    members."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, "allow_null": True, **kwargs})


def first_column(*paths: str) -> Coalesce:
    """Return an expression for the first of several columns that is not null; each row has one."""
    return Coalesce(*(F(path) for path in paths))


def unbound_copy(field: Any) -> Any:
    """Return a copy of a field that can be bound to a serializer; a field with a child is copied
    deeply, as the child refers to its parent."""
    nested = hasattr(field, "child_relation") or hasattr(field, "child")
    return copy.deepcopy(field) if nested else copy.copy(field)
