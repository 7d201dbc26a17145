"""The field of a record that a change request wants to change; the value is typed and checked as
the field is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from pmhub.access.restricted_fields import withheld
from pmhub.page_addresses import address_of
from pmhub.registers import Register, registers
from pmhub.serializers import Choice, Text
from pmhub.serializers.fields import LONGEST_TEXT
from pmhub.services import Conflict
from programmes.models import Method
from programmes.queries.whatif.sentences import value_in_words, value_now
from programmes.queries.whatif.targets import PATH, WRITABLE

NAMES = ("record", "field", "wanted")
# What to say where one of the three names is not given.
MISSING = {
    "record": "Say whose field is to change, such as projects/12/.",
    "field": "Say which field is to change.",
    "wanted": "Say what it is to be.",
}
NO_RECORD = "There is no such record, or none that you may see."
NO_FIELD = "No such field of it is filled in: choose another, or ask for it in the reason."


@extend_schema_field({"type": ["string", "number", "boolean"], "maxLength": LONGEST_TEXT})
class Value(Text):
    """A value of a field of another record, stored as text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": LONGEST_TEXT, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return the value as text: a number as it is written, a boolean as `true` or `false`."""
        if isinstance(data, bool):
            return str(data).lower()
        return super().to_internal_value(data if isinstance(data, str | list | dict) else str(data))


@dataclass(frozen=True, slots=True)
class RequestedValue:
    """The field of a record that a change request names."""

    register: Register
    record: Any
    name: str

    @classmethod
    def of(cls, row: Any, user: Any) -> RequestedValue:
        """Return the field that a change request names. Raises ValidationError unless the user may
        see the record and the field, and people fill in the field."""
        place = PATH.fullmatch(row.record)
        register = registers.named(place[1]) if place and place[2] and not place[3] else None
        if place is None or register is None:
            raise serializers.ValidationError({"record": MISSING["record"]})
        rows = register.model._default_manager.visible_to(user)
        record = rows.filter(pk=place[2]).first()
        if record is None:
            raise serializers.ValidationError({"record": NO_RECORD})
        hidden = withheld(register.model, record.pk, user)
        if row.field not in _filled_in(register) or row.field in hidden:
            raise serializers.ValidationError({"field": NO_FIELD})
        return cls(register, record, row.field)

    @property
    def label(self) -> str:
        """Return the label of the field."""
        return self.register.label(self.name)

    @property
    def called(self) -> str:
        """Return the name of the record, after what kind of record it is."""
        return f"{self.register.one.capitalize()} {self.record}"

    def in_words(self, text: str, user: Any) -> str:
        """Return the wanted value in words, as pages show it."""
        return value_in_words(self.register.model, self.name, text, user) if self.is_typed else text

    @property
    def page(self) -> str:
        """Return the address of the record's page."""
        return address_of("record", self.register.name, self.record.pk)

    @property
    def is_typed(self) -> bool:
        """Return whether the field holds a single value; the wanted value of a list or of JSON is
        described in words."""
        kinds = serializers.ManyRelatedField | serializers.ListField | serializers.JSONField
        return not isinstance(self._template, kinds)

    @property
    def is_held(self) -> bool:
        """Return whether a change request may hold the write of the field. It may not for a post,
        because somebody is appointed to it."""
        writable = WRITABLE.get(self.register.name)
        fields = {field.name for field in self.register.model._meta.fields if field.editable}
        held = writable is not None and Method.PATCH in writable.methods
        return held and self.is_typed and self.name in fields - {*self.record.posts.values()}

    @property
    def _template(self) -> Any:
        return self.register.serializer._templates()[self.name]

    def fields(self, user: Any) -> dict[str, Any]:
        """Return the form fields of the change request: the record and the field by their names,
        and the new value, typed as the field of the record is."""
        address = f"{self.register.name}/{self.record.pk}/"
        template, siblings = self._template, self.register.serializer._templates()
        own = type(template)(*template._args, **template._kwargs)
        wanted = own if self.is_typed else Value()
        wanted.label, wanted.required = "What it is to be", True
        now = f"Now: {value_now(self.record, self.name, user)}" if self.is_typed else ""
        wanted.help_text = now
        money = isinstance(own, serializers.DecimalField) and "currency" in siblings
        wanted.style = {**wanted.style, "money": money}
        return {
            "record": Choice(choices=[(address, self.called)], label="Record"),
            "field": Choice(choices=[(self.name, self.label)], label="Field"),
            "wanted": wanted,
        }

    def judged(self, given: str, context: Mapping[str, Any]) -> Any:
        """Return the wanted value as the field would hold it. Raises ValidationError where the
        record's serializer refuses it; whether the user may set it is checked when the change is
        made."""
        if not self.is_typed:
            return given
        serializer: Any = self.register.serializer(
            self.record, data={self.name: given}, partial=True, context=dict(context)
        )
        try:
            serializer.is_valid(raise_exception=True)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"wanted": _sentences(error.detail)}) from error
        except Conflict as error:  # with how the record stands now
            raise serializers.ValidationError({"wanted": error.messages}) from error
        field = serializer.fields[self.name]
        value = serializer.validated_data[field.source]
        return None if value is None else field.to_representation(value)


def _filled_in(register: Register) -> set[str]:
    """Return the names of the fields of a record that people fill in, without those that verbs
    change."""
    moved = {table.field for table in register.model.lifecycles}
    moved |= {name for table in register.model.lifecycles for name in table.kept}
    fields = register.serializer._templates().items()
    return {name for name, field in fields if not field.read_only} - moved


def _sentences(detail: Any) -> list[str]:
    parts = detail.values() if isinstance(detail, Mapping) else [detail]
    return [str(text) for part in parts for text in (part if isinstance(part, list) else [part])]


def requested_value_of(row: Any, user: Any) -> RequestedValue | None:
    """Return the field that a change request names; None where it names none, or where the record
    is gone or the user may not see it."""
    try:
        return RequestedValue.of(row, user)
    except serializers.ValidationError:
        return None


def as_text(value: Any) -> str:
    """Return a value as a change request stores it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_given(row: Any) -> bool:
    """Return whether a change request names a field. Raises ValidationError where only some of
    `record`, `field` and `wanted` are given."""
    given = [name for name in NAMES if getattr(row, name)]
    if not given:
        return False
    if missing := [name for name in NAMES if name not in given]:
        raise serializers.ValidationError({name: MISSING[name] for name in missing})
    return True
